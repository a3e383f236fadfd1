package io.awa.reactive.worker;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What went wrong in an attempt.
 *
 * @param type    the error's class; null where the handler gave a reason only
 * @param message its message or the reason
 */
public record Failure(@Nullable String type, String message) {

    /** Refuses null as the message. */
    public Failure {
        Objects.requireNonNull(message, "message");
    }

    static Failure of(Throwable error) {
        String type = error.getClass().getName();
        try {
            String message = error.getMessage();
            return new Failure(type, message == null ? "" : message);
        } catch (RuntimeException e) {
            // The attempt has failed all the same: a message that cannot be read must not keep its slot.
            return new Failure(type, "");
        }
    }

    @Override
    public String toString() {
        return type == null ? message : message.isEmpty() ? type : type + ": " + message;
    }
}
