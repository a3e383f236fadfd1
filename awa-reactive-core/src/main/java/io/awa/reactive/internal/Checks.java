package io.awa.reactive.internal;

import io.awa.reactive.AwaValidationException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The checks every public entrance shares, so that each refusal reads alike. */
public final class Checks {

    private Checks() {}

    /** Refuses null. */
    public static <T> T notNull(String field, @Nullable T value) {
        if (value == null) {
            throw new AwaValidationException(field, null, "not null");
        }
        return value;
    }

    /** Refuses what is outside {@code min..max}. */
    public static int between(String field, int value, int min, int max) {
        if (value < min || value > max) {
            throw new AwaValidationException(field, value, min + " to " + max);
        }
        return value;
    }

    /** Refuses null and what is outside {@code min..max}. */
    public static Duration between(String field, @Nullable Duration value, Duration min, Duration max) {
        Duration time = notNull(field, value);
        if (time.compareTo(min) < 0 || time.compareTo(max) > 0) {
            throw new AwaValidationException(field, time, min + " to " + max);
        }
        return time;
    }

    /**
     * Refuses names PostgreSQL cannot hold or a log cannot show: null, blank, with control characters, line or paragraph
     * separators, or halves of surrogate pairs.
     */
    public static String name(String field, @Nullable String value) {
        String name = notNull(field, value);
        if (name.isBlank()) {
            throw new AwaValidationException(field, name, "not blank");
        }
        for (int at = 0; at < name.length(); ) {
            int c = name.codePointAt(at);
            // letters, digits and punctuation of ASCII: nearly every name ends the check here
            if (c < ' ' || c > '~') {
                refuseUnprintable(field, name, c);
            }
            at += Character.charCount(c);
        }
        return name;
    }

    /** Refuses text longer than {@code max} Unicode characters (code points), PostgreSQL's measure. */
    public static void length(String field, String value, int max) {
        if (value.length() > max && value.codePointCount(0, value.length()) > max) {
            throw new AwaValidationException(field, value, "at most " + max + " characters");
        }
    }

    private static void refuseUnprintable(String field, String name, int c) {
        switch (Character.getType(c)) {
            case Character.CONTROL, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR ->
                throw new AwaValidationException(field, name, "no control characters");
            case Character.SURROGATE -> throw new AwaValidationException(field, name, "no unpaired UTF-16 surrogates");
            default -> {}
        }
    }
}
