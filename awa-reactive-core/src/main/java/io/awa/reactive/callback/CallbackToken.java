package io.awa.reactive.callback;

import java.util.Objects;
import java.util.UUID;

/**
 * Names one callback of one attempt; made by the database. Whoever has it can answer, so hand it to nobody else.
 *
 * @param value random
 */
public record CallbackToken(UUID value) {

    /** Refuses null. */
    public CallbackToken {
        Objects.requireNonNull(value, "value");
    }

    /**
     * A token from its text.
     *
     * @throws IllegalArgumentException if it is none
     */
    public static CallbackToken of(String text) {
        return new CallbackToken(UUID.fromString(text));
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
