package io.awa.reactive.worker;

import io.awa.reactive.AwaValidationException;
import java.time.Duration;

/** Checks of options: the error names the field, the value and the range. */
final class Ranges {

    private Ranges() {}

    static void check(String field, long value, long min, long max) {
        if (value < min || value > max) {
            throw new AwaValidationException(field, value, min + " to " + max);
        }
    }

    static void check(String field, Duration value, Duration min, Duration max) {
        if (value.compareTo(min) < 0 || value.compareTo(max) > 0) {
            throw new AwaValidationException(field, value, min + " to " + max);
        }
    }
}
