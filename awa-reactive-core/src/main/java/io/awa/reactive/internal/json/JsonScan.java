package io.awa.reactive.internal.json;

import io.awa.reactive.AwaValidationException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * One pass over produced JSON that refuses whatever PostgreSQL's {@code jsonb} would refuse, before it is sent: one bad
 * row fails a whole COPY or batch, and an error inside the caller's transaction ends that transaction. A {@code json}
 * column takes a little more, but then any cast or look at a member fails, so the stricter rule holds for both.
 *
 * <p>The bytes mostly come from Jackson and are well formed, but raw values, own serializers and mapper settings are
 * not checked by it, hence the full grammar. Beyond the grammar, {@code jsonb} holds neither the character NUL nor
 * halves of surrogate pairs, and its numbers are {@code numeric}: at most 131072 digits before the point and 16383
 * after it. It also writes numbers out: {@code 1e131071} is eight bytes to store and 131072 to fetch. A payload of such
 * numbers would pass any limit on its bytes and then fail every claim that fetches it, so each number counts as
 * its digits.
 */
final class JsonScan {

    private static final int MAX_WHOLE_DIGITS = 131_072;
    private static final int MAX_FRACTION_DIGITS = 16_383;
    // beyond every bound, small enough to add up safely
    private static final int HUGE_EXPONENT = 100_000_000;
    private static final int EXCERPT = 30;

    private static final byte[] TRUE = {'t', 'r', 'u', 'e'};
    private static final byte[] FALSE = {'f', 'a', 'l', 's', 'e'};
    private static final byte[] NULL = {'n', 'u', 'l', 'l'};

    private final String field;
    private final byte[] json;
    private final JsonBounds bounds;
    private int at;
    // bytes jsonb will write beyond those it was given: digits for an exponent, and spaces of its own for those given
    private long unfolded;
    private int spaces;

    private JsonScan(String field, byte[] json, JsonBounds bounds) {
        this.field = field;
        this.json = json;
        this.bounds = bounds;
    }

    /**
     * Returns if {@code json} is one value that PostgreSQL and the bounds accept.
     *
     * @return how many bytes it has at most where {@code jsonb} prints it
     * @throws AwaValidationException for the given field if not
     */
    static int check(String field, byte[] json, JsonBounds bounds) {
        JsonScan scan = new JsonScan(field, json, bounds);
        scan.value(0);
        scan.space();
        if (scan.at < json.length) {
            throw scan.malformed();
        }
        if (json.length + scan.unfolded > bounds.payloadBytes()) {
            throw new AwaValidationException(
                    field,
                    json.length + scan.unfolded + " bytes with numbers written out",
                    "at most " + bounds.payloadBytes() + " bytes of JSON");
        }
        return Math.toIntExact(json.length + scan.unfolded + scan.spaces);
    }

    private void value(int depth) {
        space();
        switch (peek()) {
            case '{' -> object(depth + 1);
            case '[' -> array(depth + 1);
            case '"' -> string(bounds.stringLength(), "string");
            case 't' -> literal(TRUE);
            case 'f' -> literal(FALSE);
            case 'n' -> literal(NULL);
            default -> number();
        }
    }

    private void object(int depth) {
        open(depth);
        if (closes('}')) {
            return;
        }
        while (true) {
            space();
            if (peek() != '"') {
                throw malformed();
            }
            string(bounds.nameLength(), "member name");
            space();
            separator(':');
            value(depth);
            if (closes('}')) {
                return;
            }
            separator(',');
        }
    }

    private void array(int depth) {
        open(depth);
        if (closes(']')) {
            return;
        }
        while (true) {
            value(depth);
            if (closes(']')) {
                return;
            }
            separator(',');
        }
    }

    private void open(int depth) {
        if (depth > bounds.depth()) {
            throw new AwaValidationException(
                    field, "nested " + depth + " levels deep", "at most " + bounds.depth() + " levels");
        }
        at++;
    }

    private boolean closes(char bracket) {
        space();
        if (peek() != bracket) {
            return false;
        }
        at++;
        return true;
    }

    // jsonb prints a space behind it
    private void separator(char c) {
        if (peek() != c) {
            throw malformed();
        }
        at++;
        spaces++;
    }

    private void literal(byte[] word) {
        int end = at + word.length;
        if (end > json.length || !Arrays.equals(json, at, end, word, 0, word.length)) {
            throw malformed();
        }
        at = end;
    }

    private void string(int maxBytes, String what) {
        int start = ++at;
        while (at < json.length) {
            byte b = json[at];
            if (b == '"') {
                if (at - start > maxBytes) {
                    throw new AwaValidationException(
                            field,
                            excerpt(start),
                            "no " + what + " longer than " + maxBytes + " bytes, or it cannot be read back");
                }
                at++;
                return;
            } else if (b == '\\') {
                escape();
            } else if (b >= ' ') {
                at++;
            } else if (b < 0) {
                at = Utf8.next(json, at);
                if (at < 0) {
                    throw unpaired(-at);
                }
            } else {
                throw malformed();
            }
        }
        throw malformed();
    }

    private void escape() {
        int start = at++;
        switch (peek()) {
            case '"', '\\', '/', 'b', 'f', 'n', 'r', 't' -> at++;
            case 'u' -> {
                char c = hex(start);
                if (c == 0) {
                    throw new AwaValidationException(
                            field, excerpt(start), "no NUL character (\\u0000), which PostgreSQL's jsonb cannot hold");
                }
                if (Character.isLowSurrogate(c)
                        || (Character.isHighSurrogate(c) && !Character.isLowSurrogate(hex(at)))) {
                    throw unpaired(start);
                }
            }
            default -> throw malformed();
        }
    }

    // the character of the escape at start, or a space if there is none; moves behind it
    private char hex(int start) {
        if (start + 6 > json.length || json[start] != '\\' || json[start + 1] != 'u') {
            return ' ';
        }
        int c = 0;
        for (int i = start + 2; i < start + 6; i++) {
            int digit = Character.digit(json[i], 16);
            if (digit < 0) {
                at = i;
                throw malformed();
            }
            c = c << 4 | digit;
        }
        at = start + 6;
        return (char) c;
    }

    private void number() {
        int start = at;
        if (peek() == '-') {
            at++;
        }
        boolean zero = peek() == '0';
        int whole = digits();
        if (whole == 0 || (zero && whole > 1)) {
            at = start;
            throw malformed();
        }
        int fraction = 0;
        if (peek() == '.') {
            at++;
            fraction = digits();
            if (fraction == 0) {
                throw malformed();
            }
        }
        int length = at - start;
        if ((peek() | 0x20) == 'e') {
            at++;
            length = writtenOut(start, whole, fraction, exponent());
            unfolded += Math.max(0, length - (at - start));
        } else if (whole > MAX_WHOLE_DIGITS || fraction > MAX_FRACTION_DIGITS) {
            throw overflow(start);
        }
        if (length > bounds.numberLength()) {
            throw new AwaValidationException(
                    field,
                    excerpt(start),
                    "no number of more than " + bounds.numberLength() + " digits, or it cannot be read back");
        }
    }

    private int writtenOut(int start, int whole, int fraction, int exponent) {
        int before = Math.max(1, whole + exponent);
        int after = Math.max(0, fraction - exponent);
        if (before > MAX_WHOLE_DIGITS || after > MAX_FRACTION_DIGITS) {
            throw overflow(start);
        }
        return before + after + (after > 0 ? 1 : 0) + (json[start] == '-' ? 1 : 0);
    }

    private int exponent() {
        boolean negative = peek() == '-';
        if (negative || peek() == '+') {
            at++;
        }
        int start = at;
        int exponent = 0;
        while (peek() >= '0' && peek() <= '9') {
            exponent = Math.min(HUGE_EXPONENT, exponent * 10 + (json[at] - '0'));
            at++;
        }
        if (at == start) {
            throw malformed();
        }
        return negative ? -exponent : exponent;
    }

    private int digits() {
        int start = at;
        while (at < json.length && json[at] >= '0' && json[at] <= '9') {
            at++;
        }
        return at - start;
    }

    private void space() {
        int from = at;
        while (at < json.length && (json[at] == ' ' || json[at] == '\n' || json[at] == '\r' || json[at] == '\t')) {
            at++;
        }
        spaces -= at - from;
    }

    // 0, which begins nothing, at the end
    private byte peek() {
        return at < json.length ? json[at] : 0;
    }

    private AwaValidationException malformed() {
        return new AwaValidationException(
                field, excerpt(at), "JSON that PostgreSQL's jsonb can hold: no NaN, no Infinity, well formed");
    }

    private AwaValidationException unpaired(int where) {
        return new AwaValidationException(
                field,
                excerpt(where),
                "well-formed text: no unpaired UTF-16 surrogates, which PostgreSQL's jsonb cannot hold");
    }

    private AwaValidationException overflow(int start) {
        return new AwaValidationException(
                field,
                excerpt(start),
                "numbers of at most " + MAX_WHOLE_DIGITS + " digits before the point and " + MAX_FRACTION_DIGITS
                        + " after it, the range of PostgreSQL's numeric");
    }

    private String excerpt(int where) {
        int from = Math.max(0, where - EXCERPT);
        int to = Math.min(json.length, where + EXCERPT);
        return new String(json, from, to - from, StandardCharsets.UTF_8);
    }
}
