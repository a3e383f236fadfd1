package io.awa.reactive.internal.json;

import java.util.Arrays;

/**
 * Whether checked JSON is its own {@link CanonicalJson canonical text}, as a mapper mostly writes it: ASCII, nothing escaped,
 * no space, names of members ascending. One pass, no object. It may say no where the answer is yes, never the other way.
 */
final class CanonicalScan {

    private final byte[] json;
    private int at;

    private CanonicalScan(byte[] json) {
        this.json = json;
    }

    static boolean isCanonical(byte[] json) {
        CanonicalScan scan = new CanonicalScan(json);
        return scan.value() && scan.at == json.length;
    }

    private boolean value() {
        return switch (json[at]) {
            case '{' -> object();
            case '[' -> array();
            case '"' -> string();
            default -> scalar();
        };
    }

    private boolean object() {
        if (json[++at] == '}') {
            at++;
            return true;
        }
        int before = 0;
        int beforeEnd = 0;
        while (true) {
            int name = at;
            if (json[at] != '"' || !string() || before > 0 && compare(before, beforeEnd, name, at) >= 0) {
                return false;
            }
            before = name;
            beforeEnd = at;
            if (json[at++] != ':' || !value()) {
                return false;
            }
            byte next = json[at++];
            if (next != ',') {
                return next == '}';
            }
        }
    }

    private boolean array() {
        if (json[++at] == ']') {
            at++;
            return true;
        }
        while (value()) {
            byte next = json[at++];
            if (next != ',') {
                return next == ']';
            }
        }
        return false;
    }

    private boolean string() {
        at++;
        while (json[at] != '"') {
            if (json[at] == '\\' || json[at] < ' ') {
                return false; // an escape, or a byte above ASCII, which is negative
            }
            at++;
        }
        at++;
        return true;
    }

    // A number, or true, false or null.
    private boolean scalar() {
        int from = at;
        while (at < json.length && json[at] != ',' && json[at] != ']' && json[at] != '}') {
            if (json[at] <= ' ') {
                return false;
            }
            at++;
        }
        return at > from;
    }

    // Both have their quotes. The order of ASCII is that of UTF-16 code units.
    private int compare(int a, int aEnd, int b, int bEnd) {
        return Arrays.compare(json, a + 1, aEnd - 1, json, b + 1, bEnd - 1);
    }
}
