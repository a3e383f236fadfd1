package io.awa.reactive.worker.internal;

import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongFieldUpdater;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Operators;
import reactor.core.scheduler.Scheduler;
import reactor.util.concurrent.Queues;

/**
 * What happens, to whoever listens: hot, nothing is kept for those who come later. Offered from any thread, without a
 * wait: each subscriber has a bounded queue, emptied on a thread of its own. A full one loses what comes, and its
 * subscriber is told how much, at the place where it was lost. What one thread offers, or several one after the other,
 * comes in that order.
 */
public class HotFlux<T> extends Flux<T> {

    private final Scheduler delivery;
    private final int buffer;
    private final long lingerNanos;
    private final BiFunction<T, Long, T> missed;
    private final List<Listener> listeners = new CopyOnWriteArrayList<>();
    private volatile boolean closed;

    /**
     * @param delivery where subscribers get a thread each
     * @param buffer   elements that wait for one subscriber at most, about
     * @param linger   how long an idle subscriber's thread is not woken after an element came, so that a stream of them
     *                 costs those who offer few wake-ups
     * @param missed   tells that, from a first element on, so many were lost
     */
    public HotFlux(Scheduler delivery, int buffer, Duration linger, BiFunction<T, Long, T> missed) {
        this.delivery = delivery;
        this.buffer = buffer;
        this.lingerNanos = linger.toNanos();
        this.missed = missed;
    }

    /** Whether anybody listens: where not, there is nothing to make an element for. */
    public final boolean isHeard() {
        return !listeners.isEmpty();
    }

    /** Tells those who listen. */
    public final void offer(T element) {
        for (Listener listener : listeners) {
            listener.add(element);
        }
    }

    /** Ends all subscriptions once they have got what waits for them, and later ones at once. */
    public final void close() {
        closed = true;
        listeners.forEach(listener -> listener.wake(0));
    }

    @Override
    public final void subscribe(CoreSubscriber<? super T> actual) {
        Listener listener = new Listener(actual);
        actual.onSubscribe(listener);
        listeners.add(listener);
        if (listener.over) {
            listeners.remove(listener);
        }
        listener.wake(0);
    }

    // The updater of a field wants a class that is not generic.
    private abstract static class Demand implements Subscription {

        static final AtomicLongFieldUpdater<Demand> REQUESTED =
                AtomicLongFieldUpdater.newUpdater(Demand.class, "requested");

        volatile long requested;
    }

    private final class Listener extends Demand implements Runnable {

        private final CoreSubscriber<? super T> actual;
        private final Scheduler.Worker thread = delivery.createWorker();
        private final Queue<T> waiting = Queues.<T>unboundedMultiproducer().get();
        private final AtomicInteger size = new AtomicInteger();
        private final AtomicReference<@Nullable Gap<T>> gap = new AtomicReference<>();
        private final AtomicInteger work = new AtomicInteger();
        // It hears nothing more, whoever decided that.
        private volatile boolean over;

        Listener(CoreSubscriber<? super T> actual) {
            this.actual = actual;
        }

        // What does not fit begins a gap, which ends when all before it is delivered and it is told.
        void add(T element) {
            if (gap.get() != null || size.get() >= buffer) {
                gap.updateAndGet(
                        known -> known == null ? new Gap<>(element, 1) : new Gap<>(known.first(), known.count() + 1));
            } else {
                size.incrementAndGet();
                waiting.offer(element);
            }
            wake(lingerNanos);
        }

        void wake(long nanos) {
            if (work.getAndIncrement() == 0) {
                again(nanos);
            }
        }

        private void again(long nanos) {
            try {
                if (nanos == 0) {
                    thread.schedule(this);
                } else {
                    thread.schedule(this, nanos, TimeUnit.NANOSECONDS);
                }
            } catch (RejectedExecutionException gone) {
                leave();
            }
        }

        // One that throws has broken the protocol, and hears nothing more: nothing is made or kept for it.
        @Override
        public void run() {
            try {
                drain();
            } catch (Throwable e) {
                leave();
                throw e;
            }
        }

        private void drain() {
            int seen = work.get();
            boolean busy = false;
            do {
                long most = requested;
                long sent = 0;
                boolean empty = false;
                while (sent < most && !over && !empty) {
                    T next = next();
                    empty = next == null;
                    if (next != null) {
                        actual.onNext(next);
                        sent++;
                    }
                }
                if (sent > 0) {
                    Operators.produced(REQUESTED, this, sent);
                }
                if (over) {
                    leave();
                    return;
                }
                if (closed && waiting.isEmpty() && gap.get() == null) {
                    over = true;
                    listeners.remove(this);
                    actual.onComplete();
                    thread.dispose();
                    return;
                }
                busy |= sent > 0;
                if (busy && empty && lingerNanos > 0) {
                    // More is to come: looks again by itself, and whoever offers has nobody to wake meanwhile.
                    work.set(1);
                    again(lingerNanos);
                    return;
                }
                seen = work.addAndGet(-seen);
            } while (seen > 0);
        }

        private void leave() {
            over = true;
            listeners.remove(this);
            waiting.clear();
            thread.dispose();
        }

        private @Nullable T next() {
            T next = waiting.poll();
            if (next != null) {
                size.decrementAndGet();
                return next;
            }
            Gap<T> lost = gap.getAndSet(null);
            return lost == null ? null : missed.apply(lost.first(), lost.count());
        }

        @Override
        public void request(long n) {
            if (Operators.validate(n)) {
                Operators.addCap(REQUESTED, this, n);
                wake(0);
            }
        }

        @Override
        public void cancel() {
            over = true;
            listeners.remove(this);
            wake(0);
        }
    }

    /** What was lost since the last element that fitted. */
    private record Gap<T>(T first, long count) {}
}
