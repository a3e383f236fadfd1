package io.awa.reactive;

import org.jspecify.annotations.Nullable;

/**
 * A value was refused before the database saw it. The message names the field, the value (shortened) and the limit;
 * the same three are accessors.
 */
public final class AwaValidationException extends AwaException {

    /** How many characters of a refused value are kept: {@value}. */
    public static final int VALUE_LENGTH = 100;

    private static final long serialVersionUID = 1L;

    private final String field;
    private final String value;
    private final String limit;

    /**
     * @param field the field's name as the caller knows it, for example {@code queue}
     * @param value the refused value; its text is kept, shortened to {@link #VALUE_LENGTH} characters
     * @param limit what would have been accepted
     */
    public AwaValidationException(String field, @Nullable Object value, String limit) {
        this(field, value, limit, null);
    }

    /**
     * @param field the field's name as the caller knows it, for example {@code queue}
     * @param value the refused value; its text is kept, shortened to {@link #VALUE_LENGTH} characters
     * @param limit what would have been accepted
     * @param cause the error that showed it, null when there is none
     */
    public AwaValidationException(String field, @Nullable Object value, String limit, @Nullable Throwable cause) {
        super(field + ": refused \"" + printable(value) + "\"; limit: " + limit, cause);
        this.field = field;
        this.value = printable(value);
        this.limit = limit;
    }

    /** The field's name. */
    public String field() {
        return field;
    }

    /** The refused value's text: at most {@link #VALUE_LENGTH} characters, control characters written as escapes. */
    public String value() {
        return value;
    }

    /** What would have been accepted. */
    public String limit() {
        return limit;
    }

    // A refused value often is refused for what it holds: line breaks or halves of characters must not reach a log.
    private static String printable(@Nullable Object value) {
        String text = String.valueOf(value);
        StringBuilder out = new StringBuilder(Math.min(text.length(), VALUE_LENGTH));
        int at = 0;
        while (at < text.length()) {
            int c = text.codePointAt(at);
            String shown = isPlain(c) ? Character.toString(c) : String.format("\\u%04x", c);
            boolean last = at + Character.charCount(c) >= text.length();
            if (out.length() + shown.length() > (last ? VALUE_LENGTH : VALUE_LENGTH - 1)) {
                return out.append('…').toString();
            }
            out.append(shown);
            at += Character.charCount(c);
        }
        return out.toString();
    }

    private static boolean isPlain(int c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL, Character.SURROGATE, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR ->
                false;
            default -> true;
        };
    }
}
