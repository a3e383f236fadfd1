package io.awa.reactive.worker;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.scheduler.Scheduler;

/**
 * Jobs of kinds this worker has no handler for, as a rolling deploy brings them. They are not failed: they are kept for
 * a moment and then given back, in place and with their attempt, so that a worker that knows the kind may get them. The
 * moment is what keeps them from being claimed and given back in a circle.
 */
final class Strangers {

    /** How long they are kept. */
    static final Duration PAUSE = Duration.ofSeconds(5);

    private static final Logger LOG = LoggerFactory.getLogger(Strangers.class);

    private final String queue;
    private final Releases releases;
    private final Counters counters;
    private final Scheduler timer;
    private final IntConsumer gone;
    private final Queue<ClaimedJob> kept = new ConcurrentLinkedQueue<>();
    private final Set<Integer> kinds = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean armed = new AtomicBoolean();
    private final AtomicInteger leaving = new AtomicInteger();

    /** @param gone told how many have left this worker's hands, from any thread */
    Strangers(String queue, Releases releases, Counters counters, Scheduler timer, IntConsumer gone) {
        this.queue = queue;
        this.releases = releases;
        this.counters = counters;
        this.timer = timer;
        this.gone = gone;
    }

    void add(ClaimedJob job) {
        int kind = job.claim().kind(job.ordinal());
        if (kinds.add(kind)) {
            LOG.warn("Queue {}: no handler for kind number {}; its jobs are given back after {}", queue, kind, PAUSE);
        }
        kept.offer(job);
        if (armed.compareAndSet(false, true)) {
            timer.schedule(this::giveBack, PAUSE.toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    /** Those that are kept; from now on the caller's affair. */
    List<ClaimedJob> takeAll() {
        List<ClaimedJob> all = new ArrayList<>();
        for (ClaimedJob job = kept.poll(); job != null; job = kept.poll()) {
            all.add(job);
        }
        return all;
    }

    /** Whether some are on their way back to the database. */
    boolean areLeaving() {
        return leaving.get() > 0;
    }

    private void giveBack() {
        armed.set(false);
        leaving.incrementAndGet();
        List<ClaimedJob> all = takeAll();
        var unused = releases.release(all)
                .doOnNext(counters.released::add)
                .onErrorComplete(error -> {
                    LOG.error(
                            "Queue {}: {} jobs could not be given back; they are left to rescue",
                            queue,
                            all.size(),
                            error);
                    return true;
                })
                .doFinally(end -> {
                    leaving.decrementAndGet();
                    gone.accept(all.size());
                })
                .toFuture();
    }
}
