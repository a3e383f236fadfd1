package io.awa.reactive.worker.internal;

import io.awa.reactive.AwaValidationException;
import java.time.Duration;

/** Checks of options: the error names the field, the value and the range. */
public final class Ranges {

    private Ranges() {}

    public static void check(String field, long value, long min, long max) {
        if (value < min || value > max) {
            throw new AwaValidationException(field, value, min + " to " + max);
        }
    }

    public static void check(String field, Duration value, Duration min, Duration max) {
        if (value.compareTo(min) < 0 || value.compareTo(max) > 0) {
            throw new AwaValidationException(field, value, min + " to " + max);
        }
    }
}
