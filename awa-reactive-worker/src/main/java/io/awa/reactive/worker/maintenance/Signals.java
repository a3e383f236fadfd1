package io.awa.reactive.worker.maintenance;

import java.time.Instant;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongFieldUpdater;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Operators;
import reactor.core.scheduler.Scheduler;
import reactor.util.concurrent.Queues;

/**
 * Signals to whoever listens: hot, nothing is kept for those who come later. Loops offer from any thread and never wait:
 * what they offer goes through one queue, drained by whichever of them comes first, into a bounded one for each
 * subscriber, which is emptied on a thread of its own. A full one loses what comes, and its subscriber is told how much
 * at the place where it was lost.
 */
final class Signals extends Flux<MaintenanceSignal> {

    /** Signals that wait for one subscriber at most. */
    static final int BUFFER = 1_024;

    private static final MaintenanceSignal NONE = new MaintenanceSignal.Missed(0, Instant.EPOCH, 0);

    private final Scheduler delivery;
    private final List<Listener> listeners = new CopyOnWriteArrayList<>();
    private final Queue<MaintenanceSignal> offered =
            Queues.<MaintenanceSignal>unboundedMultiproducer().get();
    private final AtomicInteger draining = new AtomicInteger();
    private volatile boolean closed;

    Signals(Scheduler delivery) {
        this.delivery = delivery;
    }

    void offer(MaintenanceSignal signal) {
        if (listeners.isEmpty()) {
            return;
        }
        offered.offer(signal);
        if (draining.getAndIncrement() > 0) {
            return;
        }
        int seen = 1;
        do {
            MaintenanceSignal next = offered.poll();
            while (next != null) {
                for (Listener listener : listeners) {
                    listener.add(next);
                }
                next = offered.poll();
            }
            seen = draining.addAndGet(-seen);
        } while (seen > 0);
    }

    /** Ends all subscriptions once they have got what waits for them. */
    void close() {
        closed = true;
        listeners.forEach(Listener::wake);
    }

    @Override
    public void subscribe(CoreSubscriber<? super MaintenanceSignal> actual) {
        Listener listener = new Listener(actual);
        listeners.add(listener);
        actual.onSubscribe(listener);
        listener.wake();
    }

    private final class Listener implements Subscription, Runnable {

        private static final AtomicLongFieldUpdater<Listener> REQUESTED =
                AtomicLongFieldUpdater.newUpdater(Listener.class, "requested");

        private final CoreSubscriber<? super MaintenanceSignal> actual;
        private final Scheduler.Worker thread = delivery.createWorker();
        private final Queue<MaintenanceSignal> waiting =
                Queues.<MaintenanceSignal>get(BUFFER).get();
        private final AtomicInteger work = new AtomicInteger();
        private volatile long requested;
        private volatile boolean cancelled;
        private final AtomicLong missed = new AtomicLong();
        private volatile MaintenanceSignal firstMissed = NONE;

        Listener(CoreSubscriber<? super MaintenanceSignal> actual) {
            this.actual = actual;
        }

        // By one thread at a time. What does not fit begins a gap, which ends when all before it is delivered and it is
        // told.
        void add(MaintenanceSignal signal) {
            if (missed.get() > 0) {
                missed.incrementAndGet();
            } else if (!waiting.offer(signal)) {
                firstMissed = signal;
                missed.incrementAndGet();
            }
            wake();
        }

        void wake() {
            if (work.getAndIncrement() == 0) {
                try {
                    thread.schedule(this);
                } catch (RejectedExecutionException gone) {
                    cancelled = true;
                }
            }
        }

        @Override
        public void run() {
            int seen = 1;
            do {
                long most = requested;
                long sent = 0;
                while (sent < most && !cancelled) {
                    MaintenanceSignal next = next();
                    if (next == null) {
                        break;
                    }
                    actual.onNext(next);
                    sent++;
                }
                if (sent > 0) {
                    Operators.produced(REQUESTED, this, sent);
                }
                if (cancelled) {
                    waiting.clear();
                    thread.dispose();
                    return;
                }
                if (closed && waiting.isEmpty() && missed.get() == 0) {
                    listeners.remove(this);
                    actual.onComplete();
                    thread.dispose();
                    return;
                }
                seen = work.addAndGet(-seen);
            } while (seen > 0);
        }

        private @Nullable MaintenanceSignal next() {
            MaintenanceSignal next = waiting.poll();
            if (next != null || missed.get() == 0) {
                return next;
            }
            // Nothing comes in before this is reset.
            MaintenanceSignal first = firstMissed;
            return new MaintenanceSignal.Missed(first.epoch(), first.at(), missed.getAndSet(0));
        }

        @Override
        public void request(long n) {
            if (Operators.validate(n)) {
                Operators.addCap(REQUESTED, this, n);
                wake();
            }
        }

        @Override
        public void cancel() {
            cancelled = true;
            listeners.remove(this);
            wake();
        }
    }
}
