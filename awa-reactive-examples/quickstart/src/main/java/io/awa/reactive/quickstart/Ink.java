package io.awa.reactive.quickstart;

/**
 * Colours and signs. Colours are the sixteen that follow the terminal's own theme.
 *
 * @param colour  write colours
 * @param unicode use block characters
 */
record Ink(boolean colour, boolean unicode) {

    static final Ink PLAIN = new Ink(false, false);

    private static final String BLOCKS = " \u2581\u2582\u2583\u2584\u2585\u2586\u2587\u2588";
    private static final String SIGNS = " .:-=+*#@";
    private static final String PARTS = " \u258f\u258e\u258d\u258c\u258b\u258a\u2589\u2588";

    String dot() {
        return unicode ? "\u25cf" : "*";
    }

    String middot() {
        return unicode ? "\u00b7" : "|";
    }

    String line(int length) {
        return (unicode ? "\u2500" : "-").repeat(length);
    }

    String thickLine(int length) {
        return (unicode ? "\u2501" : "=").repeat(length);
    }

    /** The box of a segment. */
    String box(boolean full) {
        return unicode ? (full ? "\u25a0" : "\u25a1") : (full ? "#" : "o");
    }

    /** One cell, empty only at zero. */
    char spark(double value, double most) {
        String cells = unicode ? BLOCKS : SIGNS;
        if (value <= 0 || most <= 0) {
            return cells.charAt(0);
        }
        return cells.charAt((int) Math.max(1, Math.min(8, Math.ceil(8 * value / most))));
    }

    /** A bar of eighths, at least a sliver above zero. */
    String bar(double value, double most, int width) {
        if (value <= 0 || most <= 0) {
            return "";
        }
        int eighths = (int) Math.max(1, Math.min(8.0 * width, Math.round(8 * width * value / most)));
        if (!unicode) {
            return "#".repeat(Math.max(1, eighths / 8));
        }
        String rest = eighths % 8 == 0 ? "" : String.valueOf(PARTS.charAt(eighths % 8));
        return "\u2588".repeat(eighths / 8) + rest;
    }

    /** How a text looks. */
    enum Style {
        PLAIN(""),
        STRONG("1"),
        FAINT("2"),
        BAD("31"),
        GOOD("32"),
        WARM("33"),
        SECOND("35"),
        FIRST("36");

        final String code;

        Style(String code) {
            this.code = code;
        }
    }
}
