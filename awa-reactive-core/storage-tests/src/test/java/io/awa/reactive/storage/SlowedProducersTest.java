package io.awa.reactive.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import io.awa.reactive.Awa;
import io.awa.reactive.AwaValidationException;
import io.awa.reactive.enqueue.BulkEnqueueException;
import io.awa.reactive.job.JobType;
import io.awa.reactive.pressure.Admission;
import io.awa.reactive.pressure.Backpressure;
import io.awa.reactive.pressure.QueueFullException;
import io.awa.reactive.pressure.QueuePressure;
import io.awa.reactive.testkit.AwaPostgres;
import io.r2dbc.postgresql.PostgresqlConnectionFactory;
import io.r2dbc.spi.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Sources that are asked for less, and doors that wait, by the depth of a real queue. */
class SlowedProducersTest extends StorageTest {

    private static final Duration PATIENCE = Session.PATIENCE;
    private static final JobType<Integer> NUMBER =
            JobType.of("number", Integer.class).queue("q").priority(1);
    private static final Backpressure MARKS = Backpressure.atDepth(200);

    private final List<Awa> instances = new ArrayList<>();

    @AfterEach
    void close() {
        instances.forEach(awa -> awa.close().block(PATIENCE));
    }

    /** Asked for what fits and two chunks more; nothing while it is full; again when half of it is gone. */
    @Test
    void theSourceIsAskedForLess() {
        Awa awa = instance(MARKS);
        AtomicLong asked = new AtomicLong();
        CompletableFuture<Long> all = awa.enqueueAll(
                        NUMBER, Flux.range(0, 1_000).doOnRequest(asked::addAndGet))
                .toFuture();

        await(() -> depth() == 200);
        stays(Duration.ofMillis(500), () -> depth() == 200);
        assertThat(asked.get()).isBetween(200L, 200L + 3 * MARKS.burst());
        a.claim(99);
        long before = asked.get();
        stays(Duration.ofMillis(500), () -> depth() == 101 && asked.get() == before);
        a.claim(1);
        await(() -> depth() > 150);
        assertThat(all).isNotDone();
        AtomicLong deepest = new AtomicLong();
        while (!all.isDone()) {
            deepest.accumulateAndGet(depth(), Math::max);
            a.claim(60);
        }

        assertThat(all).isCompletedWithValue(1_000L);
        assertThat(deepest).hasValueLessThanOrEqualTo(200);
        a.claimAll();
        assertThat(a.number("select count(*) from jobs_0")).isEqualTo(1_000);
    }

    /** Off by default; and other queues are not slowed. */
    @Test
    void onlyQueuesWithMarksAreSlowed() {
        assertThat(instance(null).enqueueAll(NUMBER, Flux.range(0, 1_000)).block(PATIENCE))
                .isEqualTo(1_000);
        Awa awa = instance(MARKS);
        assertThat(awa.enqueueAll(NUMBER.queue("other"), Flux.range(0, 1_000)).block(PATIENCE))
                .isEqualTo(1_000);
        Awa all = Awa.builder(postgres().connections())
                .schema(schema())
                .backpressure("free", Backpressure.atDepth(1_000_000))
                .backpressure(MARKS)
                .build();
        instances.add(all);
        assertThat(all.enqueueAll(NUMBER.queue("free"), Flux.range(0, 1_000)).block(PATIENCE))
                .isEqualTo(1_000);
        Disposable slowed =
                all.enqueueAll(NUMBER.queue("third"), Flux.range(0, 1_000)).subscribe();
        await(() -> pressure(all, "third").depth() == 200);
        slowed.dispose();
    }

    /** As many processes would: each knows only what it stored itself and what it saw. */
    @Test
    void producersOfSeveralInstancesKeepTheirBound() {
        int number = 4;
        AtomicBoolean stop = new AtomicBoolean();
        AtomicInteger next = new AtomicInteger();
        List<CompletableFuture<Long>> all = new ArrayList<>();
        for (int i = 0; i < number; i++) {
            Awa awa = instance(MARKS);
            for (int j = 0; j < 2; j++) {
                all.add(awa.enqueueAll(NUMBER, Flux.<Integer>generate(sink -> {
                            if (stop.get()) {
                                sink.complete();
                            } else {
                                sink.next(next.incrementAndGet());
                            }
                        }))
                        .toFuture());
            }
        }
        await(() -> depth() >= 150);
        long deepest = 0;
        long claimed = 0;
        long end = System.nanoTime() + Duration.ofSeconds(4).toNanos();
        while (System.nanoTime() < end) {
            deepest = Math.max(deepest, depth());
            claimed += a.claim(37).positions().size();
        }
        stop.set(true);
        while (!all.stream().allMatch(CompletableFuture::isDone)) {
            claimed += a.claim(100).positions().size();
        }
        claimed += a.claimAll().size();

        assertThat(deepest).isBetween(1L, MARKS.high() + (number - 1L) * MARKS.burst());
        assertThat(claimed)
                .as("nothing is lost on the way")
                .isEqualTo(all.stream().mapToLong(CompletableFuture::join).sum());
    }

    @Test
    void aDoorWaitsBeforeATransactionAndNotInsideOne() {
        Awa awa = instance(MARKS);
        Admission door = awa.admission("q");
        assertThat(door.admit(placed(awa)).block(PATIENCE)).isEqualTo(1);
        a.enqueue(199);
        // The look that let the first one in answers for 100 ms.
        stays(Duration.ofMillis(150), () -> depth() == 200);
        assertThatThrownBy(() ->
                        door.timeout(Duration.ofSeconds(6)).admit(placed(awa)).block(PATIENCE))
                .isInstanceOf(QueueFullException.class)
                .hasMessageStartingWith("queue q had no room within 6000 ms: 200 jobs wait");
        assertThat(a.number("select count(*) from jobs_0")).isEqualTo(200);

        // Who has begun is not held up, whatever the depth.
        assertThat(placed(awa).block(PATIENCE)).isEqualTo(1);
        assertThat(depth()).isEqualTo(201);

        CompletableFuture<Integer> waiting = door.admit(placed(awa)).toFuture();
        stays(Duration.ofMillis(200), () -> !waiting.isDone());
        a.claim(101);
        await(waiting::isDone);
        assertThat(depth()).isEqualTo(101);
    }

    /** The work under way counts: a hundred callers at once do not pass through room for ten. */
    @Test
    void callersAtOnceShareTheRoom() {
        Awa awa = instance(Backpressure.atDepth(10).resumeAt(5));
        Admission door = awa.admission("q").timeout(Duration.ofSeconds(8));
        List<Boolean> stored = Objects.requireNonNull(Flux.range(0, 100)
                .flatMap(
                        i -> door.admit(awa.enqueue(NUMBER.with(i)).thenReturn(true))
                                .onErrorReturn(QueueFullException.class, false),
                        100)
                .collectList()
                .block(PATIENCE));

        assertThat(stored).hasSize(100).filteredOn(done -> done).hasSize(10);
        assertThat(depth()).isEqualTo(10);
    }

    /** Sessions are killed under those who wait: a door does not notice, a stream hears of its own connection. */
    @Test
    void lostSessionsLoseNobody() {
        Awa awa = Awa.builder(new PostgresqlConnectionFactory(postgres()
                        .configuration()
                        .applicationName("slowed stream")
                        .build()))
                .schema(schema())
                .name("slowed")
                .backpressure("q", MARKS)
                .build();
        instances.add(awa);
        AtomicLong asked = new AtomicLong();
        CompletableFuture<Long> stream = awa.enqueueAll(
                        NUMBER, Flux.range(0, 1_000).doOnRequest(asked::addAndGet))
                .toFuture();
        await(() -> depth() == 200);
        CompletableFuture<Integer> door = awa.admission("q")
                .timeout(Duration.ofMinutes(5))
                .admit(Mono.just(1))
                .toFuture();
        for (int i = 0; i < 5; i++) {
            await(() -> terminate("slowed pressure") > 0);
        }
        assertThat(door).isNotDone();
        assertThat(stream).isNotDone();
        // A connection has the application's name until it has its own: the pressure's is there again.
        await(() -> sessions("slowed pressure") == 1 && sessions("slowed stream") == 1);
        assertThat(terminate("slowed stream")).isEqualTo(1);

        assertThatThrownBy(() -> Mono.fromFuture(stream).block(PATIENCE))
                .isInstanceOfSatisfying(BulkEnqueueException.class, e -> {
                    assertThat(e.stored()).isEqualTo(200);
                    assertThat(e.certain()).isTrue();
                })
                .hasMessageContaining("the connection was lost");
        assertThat(depth()).isEqualTo(200);
        a.claimAll();
        assertThat(Mono.fromFuture(door).block(PATIENCE)).isEqualTo(1);
    }

    /** The whole server dies and comes back: who waits at the door does not notice, and what was stored is there. */
    @Test
    void aDeadServerIsWaitedOut() {
        try (AwaPostgres own = AwaPostgres.start(AwaPostgres.Options.defaults())) {
            String schema = Servers.schema(own);
            Awa awa = Awa.builder(own.connections())
                    .schema(schema)
                    .backpressure("q", MARKS)
                    .build();
            instances.add(awa);
            CompletableFuture<Long> stream =
                    awa.enqueueAll(NUMBER, Flux.range(0, 1_000)).toFuture();
            await(() -> pressure(awa, "q").depth() == 200);
            CompletableFuture<Integer> door = awa.admission("q")
                    .timeout(Duration.ofMinutes(2))
                    .admit(awa.enqueue(NUMBER.with(1)).thenReturn(1))
                    .toFuture();
            own.kill9();
            assertThatThrownBy(() -> Mono.fromFuture(stream).block(PATIENCE))
                    .isInstanceOfSatisfying(BulkEnqueueException.class, e -> {
                        assertThat(e.stored()).isEqualTo(200);
                        assertThat(e.certain()).isTrue();
                    });
            stays(Duration.ofMillis(700), () -> !door.isDone());

            own.restart();
            Session session = Session.open(own, schema);
            assertThat(session.number("select sum(depth) from pressure('q')")).isEqualTo(200);
            assertThat(door).isNotDone();
            session.claim(150);

            assertThat(Mono.fromFuture(door).block(PATIENCE)).isEqualTo(1);
            // A crash skips up to 32 values of a sequence; they count until a claim has passed them.
            assertThat(session.number("select sum(depth) from pressure('q')")).isBetween(51L, 83L);
            assertThat(session.claimAll()).hasSize(51);
            assertThat(session.number("select sum(depth) from pressure('q')")).isZero();
            session.close();
        }
    }

    /** The backlog of one key is told, and takes its time; it holds up nobody's producer. */
    @Test
    void thePressureOfAKey() {
        Awa awa = instance(MARKS);
        Keyed keyed = new Keyed(a);
        for (int i = 0; i < 3; i++) {
            keyed.put(1, Keyed.times(100, "busy"));
            assertThat(keyed.take(100).size()).isEqualTo(i == 0 ? 1 : 0);
        }
        QueuePressure seen = pressure(awa, "q");
        assertThat(seen.depth()).isZero();
        assertThat(seen.gated()).isEqualTo(299);
        assertThat(seen.drainTime()).isNotEqualTo(Duration.ZERO);
        assertThat(awa.enqueueAll(NUMBER, Flux.range(0, 150)).block(PATIENCE)).isEqualTo(150);
    }

    @Test
    void thePressureOfAQueue() {
        Awa awa = instance(null);
        assertThat(pressure(awa, "nothing")).isEqualTo(new QueuePressure("nothing", 0, 0, 0, Duration.ZERO));
        a.enqueue(2_000);
        AtomicBoolean stop = new AtomicBoolean();
        CompletableFuture<Void> worker = CompletableFuture.runAsync(() -> {
            while (!stop.get()) {
                a.claim(10);
                LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
            }
        });
        // Where the one who claims stood still, the rate is that of then.
        AtomicInteger looks = new AtomicInteger();
        List<QueuePressure> seen = Objects.requireNonNull(awa.pressure("q", Duration.ofMillis(250))
                .takeUntil(one -> looks.incrementAndGet() >= 8 && one.drainRate() >= 1)
                .collectList()
                .block(PATIENCE));
        stop.set(true);
        worker.join();

        assertThat(seen).extracting(QueuePressure::depth).isSortedAccordingTo((x, y) -> Long.compare(y, x));
        QueuePressure last = seen.get(seen.size() - 1);
        assertThat(last.drainRate()).as("10 jobs each 50 ms").isBetween(1.0, 400.0);
        assertThat(Objects.requireNonNull(last.drainTime()).toMillis())
                .isCloseTo((long) (last.depth() / last.drainRate() * 1_000), offset(2L));
        assertThatThrownBy(() -> awa.pressure("q", Duration.ofMillis(99))).isInstanceOf(AwaValidationException.class);
        assertThatThrownBy(() -> awa.pressure(" ")).isInstanceOf(AwaValidationException.class);
        assertThatThrownBy(() -> awa.admission("q").timeout(Duration.ZERO)).isInstanceOf(AwaValidationException.class);
    }

    private Mono<Integer> placed(Awa awa) {
        return Mono.usingWhen(
                Mono.<Connection>from(postgres().connections().create()),
                connection -> Mono.from(connection.beginTransaction())
                        .then(awa.on(connection).enqueue(NUMBER.with(1)))
                        .then(Mono.from(connection.commitTransaction()))
                        .thenReturn(1),
                Connection::close);
    }

    private Awa instance(@Nullable Backpressure marks) {
        var builder = Awa.builder(postgres().connections()).schema(schema());
        Awa awa = (marks == null ? builder : builder.backpressure("q", marks)).build();
        instances.add(awa);
        return awa;
    }

    private static QueuePressure pressure(Awa awa, String queue) {
        return Objects.requireNonNull(awa.pressure(queue).block(PATIENCE));
    }

    private long depth() {
        return c.number("select sum(depth) from pressure('q')");
    }

    private long sessions(String application) {
        return c.number("select count(*) from pg_stat_activity where application_name = '" + application + "'");
    }

    private long terminate(String application) {
        return c.number("select count(pg_terminate_backend(pid)) from pg_stat_activity where application_name = '"
                + application + "'");
    }

    private static void await(BooleanSupplier condition) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("waited too long").isLessThan(deadline);
            LockSupport.parkNanos(2_000_000);
        }
    }

    private static void stays(Duration time, BooleanSupplier condition) {
        long deadline = System.nanoTime() + time.toNanos();
        while (System.nanoTime() < deadline) {
            assertThat(condition.getAsBoolean()).isTrue();
            LockSupport.parkNanos(2_000_000);
        }
    }
}
