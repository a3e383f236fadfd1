package io.awa.reactive.internal.pressure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.awa.reactive.AwaValidationException;
import io.awa.reactive.pressure.Backpressure;
import io.awa.reactive.pressure.QueueFullException;
import io.awa.reactive.testkit.SeededTest;
import io.awa.reactive.testkit.Seeds;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** Who is let in, and that nobody is who should not be. */
class GateTest {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Scheduler timer = Schedulers.newParallel("gate", 3);

    @AfterEach
    void end() {
        timer.dispose();
    }

    /** Instances that know nothing of each other, each with streams and single jobs, some of which give up. */
    @SeededTest(8)
    void instancesTogetherStayBelowTheirBound(long seed) {
        SplittableRandom random = Seeds.random(seed);
        InventedQueue queue = new InventedQueue(timer, random.nextLong());
        int high = random.nextInt(20, 400);
        Backpressure marks = Backpressure.atDepth(high).resumeAt(random.nextInt(high / 2));
        int instances = random.nextInt(1, 5);
        AtomicBoolean stop = new AtomicBoolean();
        List<Gate> gates = new ArrayList<>();
        List<Mono<Void>> producers = new ArrayList<>();
        for (int i = 0; i < instances; i++) {
            Gate gate = gate(Map.of("q", queue), marks);
            gates.add(gate);
            for (int j = 0; j < 6; j++) {
                int jobs = j < 3 ? random.nextInt(1, marks.burst() + 1) : 1;
                boolean hasty = j == 5;
                Mono<Void> one = gate.admit(
                                Map.of("q", jobs),
                                hasty
                                        ? waiting -> waiting.timeout(Duration.ofMillis(3), timer)
                                        : UnaryOperator.identity(),
                                queue.store(jobs))
                        .onErrorResume(TimeoutException.class, e -> Mono.empty());
                producers.add(one.repeat(() -> !stop.get()).then());
            }
        }
        Mono<Void> all = Flux.merge(Flux.fromIterable(producers), 64, 1).then();
        // First it fills up, then it goes up and down.
        Mono<Void> full = Mono.fromSupplier(queue::depth)
                .filter(depth -> depth > high / 2)
                .repeatWhenEmpty(empty -> empty.delayElements(Duration.ofMillis(1), timer))
                .then();
        Disposable workers = full.thenMany(
                        Flux.interval(Duration.ofMillis(1), timer).onBackpressureDrop())
                .subscribe(tick -> queue.take(5));
        full.then(Mono.delay(Duration.ofMillis(800), timer)).subscribe(end -> stop.set(true));
        try {
            all.block(PATIENCE);
        } finally {
            workers.dispose();
        }

        assertThat(queue.deepest())
                .as("%s instances, %s", instances, marks)
                .isGreaterThan(high / 2)
                .isLessThanOrEqualTo(marks.high() + (instances - 1L) * marks.burst());
        assertThat(queue.looks()).as("looks, of each instance").isLessThan(2_000L * instances);
        gates.forEach(gate -> assertThat(gate.waiting().block(PATIENCE)).isZero());
    }

    @Test
    void whoStoppedAtTheHighMarkGoesOnAtTheLowOne() {
        InventedQueue queue = new InventedQueue(timer, 1);
        Gate gate = gate(Map.of("q", queue), Backpressure.atDepth(100).resumeAt(40));
        AtomicInteger stored = new AtomicInteger();
        Disposable stream = stream(gate, "q", 10, queue, stored);

        await(() -> stored.get() == 100);
        stays(Duration.ofMillis(400), () -> stored.get() == 100);
        queue.take(59);
        stays(Duration.ofMillis(600), () -> stored.get() == 100);
        queue.take(1);
        await(() -> stored.get() == 160);
        assertThat(queue.deepest()).isEqualTo(100);
        stream.dispose();
    }

    /** While the queue is full, hundreds come and give up in every way there is. */
    @Test
    void whoGivesUpLeavesNothing() {
        InventedQueue queue = new InventedQueue(timer, 2);
        queue.store(100).block(PATIENCE);
        Gate gate =
                gate(Map.of("q", queue), Backpressure.atDepth(100).resumeAt(50).burst(2));
        AtomicInteger begun = new AtomicInteger();
        Mono<Void> work =
                gate.admit(Map.of("q", 1), UnaryOperator.identity(), Mono.<Void>fromRunnable(begun::incrementAndGet));
        List<Disposable> waiting = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            waiting.add(work.subscribe());
        }
        await(() -> waiting(gate) == 500);
        // The first look has told of the depth by the second.
        await(() -> queue.looks() > 1);
        waiting.forEach(Disposable::dispose);
        await(() -> waiting(gate) == 0);
        Door door = new Door(gate, timer, "q");
        assertThatThrownBy(() -> door.timeout(Duration.ofMillis(50)).admit(work).block(PATIENCE))
                .isInstanceOfSatisfying(QueueFullException.class, full -> {
                    assertThat(full.queue()).isEqualTo("q");
                    assertThat(full.pressure())
                            .isNotNull()
                            .satisfies(seen -> assertThat(seen.depth()).isEqualTo(100));
                })
                .hasMessageContaining("had no room within 50 ms: 100 jobs wait");
        await(() -> waiting(gate) == 0);

        queue.take(100);
        // Cancelled at the moment they are let in, or a moment before or after: nothing stays under way.
        for (int i = 0; i < 300; i++) {
            Disposable one = gate.admit(Map.of("q", 1), UnaryOperator.identity(), Mono.never())
                    .subscribe();
            LockSupport.parkNanos(i * 10_000L);
            one.dispose();
        }
        gate.admit(Map.of("q", 2), UnaryOperator.identity(), Mono.empty()).block(PATIENCE);
        assertThat(begun).hasValue(0);
    }

    /** What goes on although its subscriber cancels keeps its room until it ends, and nobody else gets it. */
    @Test
    void whatIsNotCancelledIsUnderWayUntilItEnds() {
        InventedQueue queue = new InventedQueue(timer, 1);
        Gate gate = gate(Map.of("q", queue), Backpressure.atDepth(10));
        int burst = Backpressure.atDepth(10).burst();
        Sinks.Empty<Void> end = Sinks.empty();
        AtomicBoolean begun = new AtomicBoolean();
        Disposable one = gate.admit(
                        Map.of("q", burst),
                        UnaryOperator.identity(),
                        end.asMono().doOnSubscribe(on -> begun.set(true)),
                        work -> Mono.fromFuture(work.toFuture(), true))
                .subscribe();
        await(begun::get);
        one.dispose();
        AtomicBoolean next = new AtomicBoolean();
        gate.admit(Map.of("q", burst), UnaryOperator.identity(), Mono.fromRunnable(() -> next.set(true)))
                .subscribe();
        stays(Duration.ofMillis(400), () -> !next.get());
        end.tryEmitEmpty();
        await(next::get);
    }

    /** Nobody holds room in one queue while waiting for another, and nobody waits behind him for the first one. */
    @Test
    void aFullQueueStopsNoOther() {
        InventedQueue full = new InventedQueue(timer, 3);
        InventedQueue free = new InventedQueue(timer, 4);
        full.store(50).block(PATIENCE);
        Gate gate = gate(
                Map.of("full", full, "free", free),
                Backpressure.atDepth(50).resumeAt(10).burst(1));
        AtomicInteger both = new AtomicInteger();
        Disposable mixed = gate.admit(
                        Map.of("full", 1, "free", 1),
                        UnaryOperator.identity(),
                        Mono.<Void>fromRunnable(both::incrementAndGet))
                .subscribe();
        await(() -> waiting(gate) == 1);

        for (int i = 0; i < 20; i++) {
            gate.admit(Map.of("free", 1), UnaryOperator.identity(), free.store(1))
                    .block(PATIENCE);
        }
        assertThat(both).hasValue(0);
        full.take(50);
        await(() -> both.get() == 1);
        assertThat(mixed.isDisposed()).isTrue();
        assertThat(waiting(gate)).isZero();
    }

    @Test
    void troubleThatPassesIsWaitedOutAndOtherTroubleIsTold() {
        InventedQueue queue = new InventedQueue(timer, 5);
        Gate gate = gate(Map.of("q", queue), Backpressure.atDepth(10));
        queue.trouble(new IllegalStateException(new java.io.IOException("gone")));
        AtomicBoolean in = new AtomicBoolean();
        gate.admit(Map.of("q", 1), UnaryOperator.identity(), Mono.<Void>fromRunnable(() -> in.set(true)))
                .subscribe();
        Door door = new Door(gate, timer, "q");
        // The first look has told of the trouble by the second.
        await(() -> queue.looks() > 1);
        assertThatThrownBy(() ->
                        door.timeout(Duration.ofMillis(80)).admit(Mono.empty()).block(PATIENCE))
                .isInstanceOf(QueueFullException.class)
                .hasMessageContaining("its depth is not known")
                .hasRootCauseMessage("gone");
        long began = System.nanoTime();
        long looks = queue.looks();
        stays(Duration.ofMillis(500), () -> !in.get());
        long more = queue.looks() - looks;
        // Less than six in half a second, and as many in each half more for which this thread stood still.
        assertThat(more).as("pauses grow").isLessThan(6 * Math.max(1, (System.nanoTime() - began) / 500_000_000));

        queue.trouble(null);
        await(in::get);
        queue.trouble(new IllegalArgumentException("no such function"));
        LockSupport.parkNanos(Valve.FRESH_NANOS);
        assertThatThrownBy(() -> gate.admit(Map.of("q", 1), UnaryOperator.identity(), Mono.empty())
                        .block(PATIENCE))
                .hasMessage("no such function");
        assertThat(waiting(gate)).isZero();
    }

    @Test
    void aTimeoutOutOfRangeIsNamed() {
        Door door = new Door(gate(Map.of(), Backpressure.atDepth(10)), timer, "q");
        for (Duration bad : List.of(
                Duration.ZERO,
                Duration.ofNanos(999_999),
                Door.LONGEST_TIMEOUT.plusNanos(1),
                Duration.ofSeconds(Long.MAX_VALUE),
                Duration.ofSeconds(Long.MIN_VALUE))) {
            assertThatThrownBy(() -> door.timeout(bad))
                    .isInstanceOfSatisfying(
                            AwaValidationException.class,
                            e -> assertThat(e.field()).isEqualTo("timeout"));
        }
    }

    /** With a drain time the mark grows with what workers do, and its low mark with it. */
    @Test
    void aDrainTimeFollowsTheRate() {
        InventedQueue queue = new InventedQueue(timer, 6);
        Gate gate = gate(
                Map.of("q", queue),
                Backpressure.atDrainTime(Duration.ofSeconds(2)).atLeast(40));
        AtomicInteger stored = new AtomicInteger();
        Disposable stream = stream(gate, "q", 5, queue, stored);
        await(() -> stored.get() == 40);
        stays(Duration.ofMillis(400), () -> queue.depth() == 40);

        AtomicLong taken = new AtomicLong();
        // One pause after the other: an interval makes up for the time for which its thread stood still, all at once.
        Disposable workers = Mono.delay(Duration.ofMillis(10), timer)
                .doOnNext(tick -> taken.addAndGet(queue.take(2)))
                .repeat()
                .subscribe();
        await(() -> queue.depth() > 150);
        workers.dispose();
        stream.dispose();

        assertThat(queue.deepest()).as("2 s of 200 a second at most").isLessThan(450);
    }

    private Gate gate(Map<String, InventedQueue> queues, Backpressure marks) {
        Map<String, Backpressure> all = new HashMap<>();
        queues.keySet().forEach(name -> all.put(name, marks));
        return new Gate(
                name -> queues.get(name).look(), name -> queues.get(name).look(), timer, all, null);
    }

    private static Disposable stream(Gate gate, String name, int jobs, InventedQueue queue, AtomicInteger stored) {
        return gate.admit(
                        Map.of(name, jobs),
                        UnaryOperator.identity(),
                        queue.store(jobs).doOnSuccess(done -> stored.addAndGet(jobs)))
                .repeat()
                .subscribe();
    }

    private static int waiting(Gate gate) {
        Integer all = gate.waiting().block(PATIENCE);
        return all == null ? -1 : all;
    }

    private static void await(BooleanSupplier condition) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("waited too long").isLessThan(deadline);
            LockSupport.parkNanos(1_000_000);
        }
    }

    private static void stays(Duration time, BooleanSupplier condition) {
        long deadline = System.nanoTime() + time.toNanos();
        while (System.nanoTime() < deadline) {
            assertThat(condition.getAsBoolean()).isTrue();
            LockSupport.parkNanos(1_000_000);
        }
    }
}
