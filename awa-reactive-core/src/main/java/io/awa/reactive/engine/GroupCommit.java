package io.awa.reactive.engine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Scheduler;
import reactor.util.concurrent.Queues;

/**
 * Gathers items of many threads into batches, one flush in flight. A flush starts when the batch is full, when the
 * linger of its first item is over, or when drained; while one runs, the next batch gathers, so a slow database makes
 * batches larger instead of more. Where items come so seldom that fewer than {@code company} of them are to be expected
 * within the linger, by their rate since the last flush began, none waits for it: the wait would be for nothing.
 *
 * <p>How: items go into a queue with many producers and one consumer. The consumer is whoever raises {@code wip} from 0:
 * it starts a flush or arms the linger timer, and goes round again for whoever came meanwhile. No lock is held, nothing
 * blocks, and {@code flushing} is touched only inside the loop.
 *
 * <p>The gatherer has no bound of its own: who offers keeps one (the worker by its window of unsettled jobs, enqueue by
 * its callers' subscriptions). The flush function resolves the items; it runs on the thread of the offer, of the timer,
 * or of the previous flush's end.
 *
 * @param <T> an item, which carries whom to tell
 */
public final class GroupCommit<T> {

    private static final Logger LOG = LoggerFactory.getLogger(GroupCommit.class);

    private final Options<T> options;
    private final Scheduler timer;
    private final Function<List<T>, ? extends Mono<?>> flush;
    private final Queue<T> queue = Queues.<T>unboundedMultiproducer().get();
    private final AtomicInteger queued = new AtomicInteger();
    private final AtomicInteger wip = new AtomicInteger();
    private final Sinks.Empty<Void> drained = Sinks.empty();
    private volatile boolean draining;
    private volatile boolean due;
    private volatile boolean flushing;
    private long flushStarted = System.nanoTime();
    private @Nullable Disposable linger;
    private @Nullable T carried;

    /**
     * @param options sizes and times
     * @param timer   runs the linger
     * @param flush   writes a batch and resolves its items; an error of it is logged, its items are its own affair
     */
    public GroupCommit(Options<T> options, Scheduler timer, Function<List<T>, ? extends Mono<?>> flush) {
        this.options = options;
        this.timer = timer;
        this.flush = flush;
    }

    /** Adds an item, from any thread. */
    public void offer(T item) {
        queued.incrementAndGet();
        queue.offer(item);
        drain();
    }

    /** How many items wait for a flush. */
    public int size() {
        return queued.get();
    }

    /** From now on lingers for nothing; completes when nothing waits and nothing is in flight. */
    public Mono<Void> drainAll() {
        return Mono.defer(() -> {
            draining = true;
            drain();
            return drained.asMono();
        });
    }

    private void drain() {
        if (wip.getAndIncrement() != 0) {
            return;
        }
        int missed = 1;
        do {
            if (!flushing) {
                step();
            }
            missed = wip.addAndGet(-missed);
        } while (missed != 0);
    }

    private void step() {
        int size = queued.get();
        if (size == 0) {
            if (draining) {
                drained.tryEmitEmpty();
            }
        } else if (size >= options.batch()
                || draining
                || due
                || options.linger().isZero()
                || isAlone(size)) {
            start();
        } else if (linger == null) {
            arm(options.linger().toNanos());
        }
    }

    private boolean isAlone(int size) {
        long since = System.nanoTime() - flushStarted;
        return (double) size * options.linger().toNanos() < (double) options.company() * since;
    }

    private void arm(long nanos) {
        try {
            linger = timer.schedule(
                    () -> {
                        due = true;
                        drain();
                    },
                    Math.max(1, nanos),
                    TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) {
            // No timer is left to wait for, so nothing waits.
            start();
        }
    }

    private void start() {
        if (linger != null) {
            linger.dispose();
            linger = null;
        }
        due = false;
        List<T> batch = collect();
        if (batch.isEmpty()) {
            return;
        }
        flushing = true;
        flushStarted = System.nanoTime();
        Mono.defer(() -> flush.apply(batch))
                .subscribe(
                        value -> {},
                        error -> {
                            LOG.error("A flush of {} items failed", batch.size(), error);
                            ended();
                        },
                        this::ended);
    }

    // What came while the flush ran has lingered that long already.
    private void ended() {
        due = System.nanoTime() - flushStarted >= options.linger().toNanos();
        flushing = false;
        drain();
    }

    private List<T> collect() {
        List<T> batch = new ArrayList<>(Math.min(queued.get(), options.batch()));
        long weight = 0;
        while (batch.size() < options.batch()) {
            T item = carried;
            carried = null;
            if (item == null) {
                item = queue.poll();
            }
            if (item == null) {
                break;
            }
            weight += options.weight().applyAsInt(item);
            if (weight > options.maxWeight() && !batch.isEmpty()) {
                carried = item;
                break;
            }
            batch.add(item);
        }
        queued.addAndGet(-batch.size());
        return batch;
    }

    /**
     * When to flush.
     *
     * @param batch     items at most in a flush
     * @param linger    how long the first item waits for others; zero: not at all
     * @param maxWeight weight at most in a flush, a single item excepted
     * @param weight    an item's weight
     * @param company   items to be expected within the linger, for which it is worth while; 0: it always is
     */
    public record Options<T>(int batch, Duration linger, long maxWeight, ToIntFunction<? super T> weight, int company) {

        /** Items without weight; the first one always waits for others. */
        public static <T> Options<T> of(int batch, Duration linger) {
            return new Options<>(batch, linger, Long.MAX_VALUE, item -> 0, 0);
        }

        /** The same with another number of items for which it is worth while to wait. */
        public Options<T> company(int items) {
            return new Options<>(batch, linger, maxWeight, weight, items);
        }
    }
}
