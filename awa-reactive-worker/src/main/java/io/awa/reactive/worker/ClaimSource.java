package io.awa.reactive.worker;

import io.awa.reactive.engine.Claim;
import io.awa.reactive.engine.ClaimResult;
import io.awa.reactive.engine.Claims;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Exceptions;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Scheduler;

/**
 * The jobs of one queue. {@code request(n)} is the claim's LIMIT: nothing is claimed that was not asked for. It never
 * completes and never fails by itself; trouble with the database is waited out inside. For one subscriber.
 *
 * <p><b>The loop.</b> One claim is in flight at most. Everything that happens (demand, a result, a wake, a timer, a
 * cancel) raises {@code wip}; whoever raises it from 0 schedules the loop on the source's one thread, and the loop goes
 * round until nothing more came. So all other state belongs to that thread and needs no lock.
 *
 * <p><b>When to claim.</b> After a full claim, or one that says there is more: at once. After an empty one: when woken,
 * or after a pause that doubles from pollMin to pollMax. Notifications may be lost, so polling is the truth. Where another
 * process was at it: after 0.5 to 2.5 ms, the second time twice and from then on four times as long.
 *
 * <p><b>How many.</b> As many as are asked for, as fit into a claim, and as the {@link Gate} lets through. What it let
 * through and the claim did not take goes back to it; where it lets nothing through, the loop waits for {@link #retry()}.
 *
 * <p><b>A lost answer.</b> The claim may have been committed. Its nonce is asked for until the database answers, and what
 * it took is handed over as if nothing had happened; no second claim is made meanwhile.
 *
 * <p><b>Cancel.</b> What was claimed and not handed over is released, in place and with its attempt, and so is what a
 * claim brings that was in flight. {@link #released()} completes after that.
 *
 * <p>Signals arrive on the scheduler given.
 */
final class ClaimSource implements Publisher<Member> {

    private static final Logger LOG = LoggerFactory.getLogger(ClaimSource.class);

    private final Settings settings;
    private final Claims claims;
    private final Releases releases;
    private final LiveClaims live;
    private final Scheduler scheduler;
    private final Counters counters;
    private final Runnable tooManyHoles;
    private final Gate gate;
    private final Sinks.Empty<Void> released = Sinks.empty();
    private final AtomicReference<@Nullable Loop> loop = new AtomicReference<>();
    private volatile @Nullable Trouble trouble;

    ClaimSource(
            Settings settings,
            Claims claims,
            Releases releases,
            LiveClaims live,
            Scheduler scheduler,
            Counters counters,
            Runnable tooManyHoles,
            Gate gate) {
        this.settings = settings;
        this.claims = claims;
        this.releases = releases;
        this.live = live;
        this.scheduler = scheduler;
        this.counters = counters;
        this.tooManyHoles = tooManyHoles;
        this.gate = gate;
    }

    @Override
    public void subscribe(Subscriber<? super Member> subscriber) {
        Loop fresh = new Loop(subscriber);
        if (loop.compareAndSet(null, fresh)) {
            subscriber.onSubscribe(fresh);
            fresh.signal();
        } else {
            Operators.error(subscriber, new IllegalStateException("a claim source has one subscriber"));
        }
    }

    /** There may be jobs: look now. */
    void wake() {
        Loop running = loop.get();
        if (running != null) {
            running.woken.set(true);
            running.signal();
        }
    }

    /** The gate may let something through again. */
    void retry() {
        Loop running = loop.get();
        if (running != null) {
            running.signal();
        }
    }

    /** What keeps it from claiming; null where nothing does. A claim that is slow counts from {@code patience} on. */
    @Nullable
    Trouble trouble(Duration patience) {
        Loop running = loop.get();
        Trouble known = trouble;
        if (known != null || running == null || !running.inFlight) {
            return known;
        }
        long since = running.sentAt;
        return System.nanoTime() - since > patience.toNanos() ? new Trouble(since, null) : null;
    }

    /** Completes when a cancelled source holds nothing any more, at once where it was never subscribed. */
    Mono<Void> released() {
        return Mono.defer(() -> loop.get() == null ? Mono.empty() : released.asMono());
    }

    /**
     * What the loop works by.
     *
     * @param name     the queue's name
     * @param queue    the queue's number
     * @param worker   the process's number
     * @param limit    jobs at most in a claim
     * @param gather   a claim of fewer jobs waits a moment for more demand, unless the queue was empty
     * @param pollMin  first pause
     * @param pollMax  longest pause
     */
    record Settings(String name, int queue, int worker, int limit, int gather, Duration pollMin, Duration pollMax) {}

    private final class Loop implements Subscription {

        private static final Duration GATHER = Duration.ofMillis(2);
        private static final Duration PATIENCE = Duration.ofSeconds(5);

        private final Subscriber<? super Member> subscriber;
        private final Scheduler.Worker worker = scheduler.createWorker();
        private final Pause pause = new Pause(worker, this::signal);
        private final AtomicInteger wip = new AtomicInteger();
        private final AtomicLong demand = new AtomicLong();
        private final AtomicBoolean woken = new AtomicBoolean();
        private final AtomicReference<@Nullable Runnable> answer = new AtomicReference<>();
        private volatile boolean cancelled;
        private volatile boolean inFlight;

        private boolean gathered;
        private boolean busyQueue;
        private boolean lost;
        private long nonce;
        private volatile long sentAt;
        private int reserved;
        private int empties;
        private int beaten;
        private int failures;

        Loop(Subscriber<? super Member> subscriber) {
            this.subscriber = subscriber;
        }

        @Override
        public void request(long n) {
            if (Operators.validate(n)) {
                demand.accumulateAndGet(n, Operators::addCap);
                // Demand that comes while a claim is in flight is read when its answer is.
                if (!inFlight) {
                    signal();
                }
            }
        }

        @Override
        public void cancel() {
            cancelled = true;
            signal();
        }

        void signal() {
            if (wip.getAndIncrement() == 0) {
                try {
                    worker.schedule(this::run);
                } catch (RejectedExecutionException e) {
                    LOG.debug("The claim loop of queue {} went on after its worker's end", settings.queue(), e);
                }
            }
        }

        private void run() {
            int missed = wip.get();
            do {
                Runnable came = answer.getAndSet(null);
                if (came != null) {
                    inFlight = false;
                    came.run();
                }
                // A wake during a claim may be about jobs that the claim did not see: it is kept for the answer.
                // Who was beaten to the queue looks again in a moment anyhow.
                if (!inFlight && !lost && (beaten == 0 || pause.isOver()) && woken.getAndSet(false)) {
                    empties = 0;
                    pause.cutShort();
                }
                if (!inFlight) {
                    next();
                }
                missed = wip.addAndGet(-missed);
            } while (missed != 0);
        }

        private void next() {
            if (lost && pause.isOver()) {
                Duration age = Duration.ofNanos(System.nanoTime() - sentAt);
                send(claims.replay(settings.queue(), nonce, age), this::found, this::none);
            } else if (cancelled && !lost) {
                end();
            } else if (pause.isOver() && demand.get() > 0) {
                claim((int) Math.min(demand.get(), settings.limit()));
            }
        }

        private void claim(int wanted) {
            int limit = gate.reserve(wanted);
            if (limit == 0) {
                return;
            }
            if (busyQueue && !gathered && limit < settings.gather()) {
                gate.giveBack(limit);
                gathered = true;
                pause.begin(GATHER);
                return;
            }
            gathered = false;
            reserved = limit;
            nonce = live.begin();
            sentAt = System.nanoTime();
            counters.claims.increment();
            send(claims.claim(settings.queue(), limit, settings.worker(), nonce), r -> claimed(r, limit), this::none);
        }

        private void answered(int jobs) {
            counters.recorder.claimed(settings.name(), jobs, System.nanoTime() - sentAt);
        }

        private void took(int jobs) {
            gate.giveBack(reserved - jobs);
            reserved = 0;
        }

        private <T> void send(Mono<T> call, Consumer<T> onValue, Runnable onNothing) {
            inFlight = true;
            AtomicReference<@Nullable T> value = new AtomicReference<>();
            call.subscribe(value::set, error -> answered(() -> failed(error)), () -> {
                T got = value.get();
                answered(got == null ? onNothing : () -> onValue.accept(got));
            });
        }

        private void answered(Runnable what) {
            answer.set(what);
            signal();
        }

        private void claimed(ClaimResult result, int limit) {
            failures = 0;
            trouble = null;
            beaten = result instanceof ClaimResult.Busy ? Math.min(beaten + 1, 3) : 0;
            answered(result instanceof ClaimResult.Claimed got ? got.claim().size() : 0);
            if (!(result instanceof ClaimResult.Claimed)) {
                live.none(nonce);
                took(0);
            }
            if (result instanceof ClaimResult.Claimed got) {
                empties = 0;
                live.holds(got.claim());
                if (got.holes() > 256) {
                    tooManyHoles.run();
                }
                busyQueue = got.more();
                if (!got.more() && got.claim().size() < limit) {
                    pause.begin(settings.pollMin());
                }
                emit(got.claim());
                gate.answered(!got.more() && got.claim().size() < limit);
            } else if (result instanceof ClaimResult.Busy) {
                pause.begin(Duration.ofNanos(ThreadLocalRandom.current().nextLong(500_000, 2_500_000) << beaten - 1));
            } else if (result instanceof ClaimResult.Paused) {
                busyQueue = false;
                gate.answered(true);
                pause.begin(settings.pollMax());
            } else if (result instanceof ClaimResult.Empty) {
                busyQueue = false;
                gate.answered(true);
                long nanos = settings.pollMin().toNanos() << Math.min(empties++, 20);
                pause.begin(
                        nanos > 0 && nanos < settings.pollMax().toNanos()
                                ? Duration.ofNanos(nanos)
                                : settings.pollMax());
            }
        }

        private void failed(Throwable error) {
            Exceptions.throwIfJvmFatal(error);
            if (trouble == null) {
                trouble = new Trouble(sentAt, error);
            }
            if (failures++ == 0) {
                LOG.warn("Claiming from queue {} met trouble; trying again until it is over", settings.queue(), error);
            }
            lost = true;
            long millis = Math.min(PATIENCE.toMillis(), 50L << Math.min(failures, 10));
            pause.begin(Duration.ofMillis(ThreadLocalRandom.current().nextLong(millis / 2, millis + 1)));
        }

        private void found(Claim claim) {
            lost = false;
            failures = 0;
            trouble = null;
            answered(claim.size());
            live.holds(claim);
            emit(claim);
        }

        // Not the end of the trouble: a claim that fails each time leaves nothing each time.
        private void none() {
            live.none(nonce);
            took(0);
            lost = false;
        }

        private void emit(Claim claim) {
            counters.claimed.add(claim.size());
            took(claim.size());
            demand.addAndGet(-claim.size());
            for (int i = 0; i < claim.size(); i++) {
                if (cancelled) {
                    release(claim, i);
                    return;
                }
                subscriber.onNext(new Member(claim, i));
            }
        }

        private void release(Claim claim, int from) {
            List<Member> rest = new ArrayList<>();
            for (int i = from; i < claim.size(); i++) {
                rest.add(new Member(claim, i));
            }
            // What a failed release leaves behind is not looked for by replay: that would find the whole claim, with
            // the members that were handed over.
            Mono<Integer> back = releases.release(rest).onErrorResume(error -> {
                LOG.error("{} jobs of queue {} could not be released", rest.size(), settings.queue(), error);
                return Mono.empty();
            });
            send(back, n -> {}, () -> {});
        }

        private void end() {
            pause.hush();
            released.tryEmitEmpty();
            worker.dispose();
        }
    }
}
