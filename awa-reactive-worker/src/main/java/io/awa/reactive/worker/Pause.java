package io.awa.reactive.worker;

import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.scheduler.Scheduler;

/** The pause of a loop between two claims, which a wake cuts short. Belongs to the loop's thread. */
final class Pause {

    private final Scheduler.Worker thread;
    private final Runnable onEnd;
    private boolean over = true;
    private @Nullable Disposable timer;

    /**
     * Over to begin with.
     *
     * @param thread the loop's
     * @param onEnd  called there when a pause has ended by itself
     */
    Pause(Scheduler.Worker thread, Runnable onEnd) {
        this.thread = thread;
        this.onEnd = onEnd;
    }

    boolean isOver() {
        return over;
    }

    /** From now on, so long; instead of one that is under way. */
    void begin(Duration length) {
        over = false;
        hush();
        try {
            timer = thread.schedule(this::ended, length.toNanos(), TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) {
            // The worker has ended before its loop: nobody waits for this.
            timer = null;
        }
    }

    private void ended() {
        over = true;
        onEnd.run();
    }

    void cutShort() {
        hush();
        over = true;
    }

    /** Leaves it as it is, and calls nobody. */
    void hush() {
        if (timer != null) {
            timer.dispose();
            timer = null;
        }
    }
}
