package io.awa.reactive.worker;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Times of one attempt on this machine's monotonic clock; 0 stands for none. Written and read by any thread. */
final class Clock {

    private final @Nullable Duration allowed;
    private volatile long deadline;
    private volatile long begun;
    private volatile long grace;

    /**
     * @param allowed  how long the attempt may take; null: as long as it takes
     * @param received when the answer of its claim came
     */
    Clock(@Nullable Duration allowed, long received) {
        this.allowed = allowed;
        this.deadline = allowed == null ? 0 : after(allowed, received);
    }

    /** The handler is called. */
    void begins() {
        begun = System.nanoTime() | 1;
    }

    /** {@link System#nanoTime()} when the handler was called; 0: not yet. */
    long begun() {
        return begun;
    }

    /** The deadline does not run any more. */
    void stops() {
        deadline = 0;
    }

    /** The deadline runs anew. */
    void restarts() {
        deadline = allowed == null ? 0 : after(allowed, System.nanoTime());
    }

    /** The handler was disposed, and keeps its slot for so long. */
    void grants(Duration time) {
        grace = after(time, System.nanoTime());
    }

    boolean isLate(long now) {
        long until = deadline;
        return until != 0 && until - now <= 0;
    }

    boolean runsFor(Duration time, long now) {
        long from = begun;
        return from != 0 && now - from >= time.toNanos();
    }

    /** Once. */
    boolean isGraceOver(long now) {
        long until = grace;
        boolean over = until != 0 && until - now <= 0;
        if (over) {
            grace = 0;
        }
        return over;
    }

    Optional<Duration> remaining() {
        long until = deadline;
        return until == 0 ? Optional.empty() : Optional.of(Duration.ofNanos(Math.max(0, until - System.nanoTime())));
    }

    private static long after(Duration time, long from) {
        return from + time.toNanos() | 1;
    }
}
