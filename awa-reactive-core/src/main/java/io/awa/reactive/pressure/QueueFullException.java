package io.awa.reactive.pressure;

import io.awa.reactive.AwaException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A queue had no room in time. Nothing was begun. */
public final class QueueFullException extends AwaException {

    private static final long serialVersionUID = 1L;

    private final String queue;
    private final Duration waited;
    private final transient @Nullable QueuePressure pressure;

    /**
     * @param queue    that is full
     * @param waited   the timeout that is over
     * @param pressure what was last seen of it; null where nothing was seen
     * @param cause    why the depth could not be read last; null where it could
     */
    public QueueFullException(
            String queue, Duration waited, @Nullable QueuePressure pressure, @Nullable Throwable cause) {
        super(
                "queue " + queue + " had no room within " + waited.toMillis() + " ms: "
                        + (pressure == null
                                ? "its depth is not known"
                                : pressure.depth() + " jobs wait, " + Math.round(pressure.drainRate())
                                        + " leave it in a second"),
                cause);
        this.queue = queue;
        this.waited = waited;
        this.pressure = pressure;
    }

    /** The queue's name. */
    public String queue() {
        return queue;
    }

    /** How long was waited. */
    public Duration waited() {
        return waited;
    }

    /** What was last seen of the queue, which may be older where the cause says that it could not be read; null: nothing. */
    public @Nullable QueuePressure pressure() {
        return pressure;
    }
}
