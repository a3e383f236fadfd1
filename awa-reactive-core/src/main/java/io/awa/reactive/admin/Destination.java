package io.awa.reactive.admin;

import io.awa.reactive.AwaValidationException;
import io.awa.reactive.internal.Checks;
import org.jspecify.annotations.Nullable;

/**
 * Where a job is moved.
 *
 * @param queue    made where it is missing; null for the one it is in
 * @param priority 1 (highest) to 4; null for the one it has
 */
public record Destination(@Nullable String queue, @Nullable Integer priority) {

    /** @throws AwaValidationException if both are null, or one is out of its range */
    public Destination {
        if (queue == null && priority == null) {
            throw new AwaValidationException("destination", null, "a queue or a priority");
        }
        if (queue != null) {
            Checks.length("queue", Checks.name("queue", queue), 200);
        }
        if (priority != null) {
            Checks.between("priority", priority, 1, 4);
        }
    }

    /** Another queue, with the same priority. */
    public static Destination queue(String name) {
        return new Destination(name, null);
    }

    /** Another priority of the same queue, 1 (highest) to 4. */
    public static Destination priority(int level) {
        return new Destination(null, level);
    }

    /** A priority of another queue. */
    public static Destination of(String queue, int priority) {
        return new Destination(queue, priority);
    }
}
