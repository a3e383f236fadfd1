package io.awa.reactive.chaos;

import io.awa.reactive.Awa;
import io.awa.reactive.admin.CancelOutcome;
import io.awa.reactive.callback.CallbackOutcome;
import io.awa.reactive.callback.CallbackToken;
import io.awa.reactive.job.JobId;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;

/** Cancels jobs, brings some back, and answers callbacks, as people and other services do. */
final class Operator implements Runnable {

    private static final Duration PATIENCE = Duration.ofMinutes(2);

    /** Jobs that this one was told it cancelled. */
    final ConcurrentLinkedQueue<Long> cancelled = new ConcurrentLinkedQueue<>();

    private final Awa awa;
    private final Stored stored;
    private final Reports reports;
    private final SplittableRandom random;
    private final Object acting = new Object();
    private volatile boolean stopping;
    private volatile boolean answering = true;

    Operator(Awa awa, Stored stored, Reports reports, SplittableRandom random) {
        this.awa = awa;
        this.stored = stored;
        this.reports = reports;
        this.random = random;
    }

    /** No more actions, and none is under way when this returns; callbacks are answered on. */
    void rest() {
        synchronized (acting) {
            stopping = true;
        }
    }

    void act() {
        stopping = false;
    }

    void end() {
        answering = false;
    }

    @Override
    public void run() {
        while (answering) {
            try {
                answer();
                if (random.nextInt(4) == 0) {
                    synchronized (acting) {
                        if (!stopping) {
                            meddle();
                        }
                    }
                }
            } catch (RuntimeException e) {
                stored.refused(e);
            }
            LockSupport.parkNanos(50_000_000);
        }
    }

    private void answer() {
        for (String text = reports.tokens.poll(); text != null; text = reports.tokens.poll()) {
            CallbackToken token = CallbackToken.of(text);
            try {
                CallbackOutcome outcome = (random.nextBoolean()
                                ? awa.callbacks().complete(token)
                                : awa.callbacks().resume(token, "go on"))
                        .block(PATIENCE);
                if (outcome instanceof CallbackOutcome.NotParked) {
                    reports.tokens.add(text);
                    return;
                }
            } catch (RuntimeException e) {
                reports.tokens.add(text);
                throw e;
            }
        }
    }

    private void meddle() {
        long job = stored.some(random);
        if (job == 0) {
            return;
        }
        if (random.nextInt(3) == 0) {
            awa.admin().retry(new JobId(job)).block(PATIENCE);
        } else if (awa.admin().cancel(new JobId(job)).block(PATIENCE) instanceof CancelOutcome.Cancelled) {
            cancelled.add(job);
        }
    }
}
