package io.awa.reactive.internal.json;

/** Steps over well-formed UTF-8, as PostgreSQL judges it. */
final class Utf8 {

    private Utf8() {}

    /**
     * The index behind the character of several bytes at {@code at}, or {@code -at} if it is not well formed: cut off,
     * longer than needed, half of a surrogate pair, or beyond U+10FFFF.
     */
    static int next(byte[] bytes, int at) {
        int lead = bytes[at] & 0xFF;
        int length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
        if (lead < 0xC2 || lead > 0xF4 || at + length > bytes.length) {
            return -at;
        }
        int second = bytes[at + 1] & 0xFF;
        if (second < lowest(lead) || second > highest(lead)) {
            return -at;
        }
        for (int i = at + 2; i < at + length; i++) {
            if ((bytes[i] & 0xC0) != 0x80) {
                return -at;
            }
        }
        return at + length;
    }

    private static int lowest(int lead) {
        return switch (lead) {
            case 0xE0 -> 0xA0;
            case 0xF0 -> 0x90;
            default -> 0x80;
        };
    }

    private static int highest(int lead) {
        return switch (lead) {
            case 0xED -> 0x9F;
            case 0xF4 -> 0x8F;
            default -> 0xBF;
        };
    }
}
