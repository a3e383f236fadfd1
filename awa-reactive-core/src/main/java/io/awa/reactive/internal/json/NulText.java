package io.awa.reactive.internal.json;

/** The one character that {@code jsonb} refuses. */
public final class NulText {

    private static final String ESCAPE = "\\u0000";

    private NulText() {}

    /** Whether JSON text has an escaped NUL in it: one before which an even number of backslashes stands. */
    public static boolean isIn(String json) {
        for (int at = json.indexOf(ESCAPE); at >= 0; at = json.indexOf(ESCAPE, at + 1)) {
            int slashes = 0;
            while (at - slashes > 0 && json.charAt(at - slashes - 1) == '\\') {
                slashes++;
            }
            if (slashes % 2 == 0) {
                return true;
            }
        }
        return false;
    }
}
