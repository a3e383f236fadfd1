package io.awa.reactive.quickstart;

import io.awa.reactive.quickstart.Ink.Style;

/** One line under construction, which knows how wide it is on the screen. */
final class Line {

    private final Ink ink;
    private final StringBuilder text = new StringBuilder();
    private int width;

    Line(Ink ink) {
        this.ink = ink;
    }

    /** Goes on at a column, counted from 0, or at once if it is past it. */
    Line at(int column) {
        return put(Style.PLAIN, " ".repeat(Math.max(0, column - width)));
    }

    /** Puts a text so that it ends before a column. */
    Line endingAt(int column, Style style, String what) {
        return at(column - what.length()).put(style, what);
    }

    Line put(String what) {
        return put(Style.PLAIN, what);
    }

    Line put(Style style, String what) {
        width += what.length();
        if (ink.colour() && !style.code.isEmpty()) {
            text.append("\u001b[").append(style.code).append('m').append(what).append("\u001b[0m");
        } else {
            text.append(what);
        }
        return this;
    }

    int width() {
        return width;
    }

    @Override
    public String toString() {
        return text.toString();
    }
}
