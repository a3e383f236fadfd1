package io.awa.reactive.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.Awa;
import io.awa.reactive.admin.JobState;
import io.awa.reactive.callback.CallbackToken;
import io.awa.reactive.engine.Blocker;
import io.awa.reactive.engine.FinishOutcome;
import io.awa.reactive.engine.PruneOutcome;
import io.awa.reactive.engine.RotateOutcome;
import io.awa.reactive.job.JobId;
import io.awa.reactive.job.JobType;
import io.awa.reactive.testkit.AwaPostgres;
import io.awa.reactive.worker.maintenance.Loop;
import io.awa.reactive.worker.maintenance.MaintenanceOptions;
import io.awa.reactive.worker.maintenance.MaintenanceSignal;
import io.awa.reactive.worker.maintenance.MaintenanceSignal.Stepped;
import io.awa.reactive.worker.maintenance.Step;
import io.r2dbc.spi.Connection;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** What is stuck holds up nothing else, and says why it is stuck. */
@Timeout(300)
class StuckTest {

    private static final JobType<Integer> PAUSED =
            JobType.of("paused", Integer.class).queue("paused");
    private static final JobType<Integer> LONG =
            JobType.of("long", Integer.class).queue("long");
    private static final JobType<Integer> PARKED =
            JobType.of("parked", Integer.class).queue("parked");

    private static final Duration TICK = Duration.ofMillis(20);

    private final Faults faults = new Faults(AwaPostgres.shared().connections());
    private final Rig rig = new Rig(AwaPostgres.shared(), faults, 8);
    private final Sinks.Empty<Void> end = Sinks.empty();
    private final AtomicReference<CallbackToken> token = new AtomicReference<>();

    @AfterEach
    void close() {
        rig.close();
    }

    @Test
    void everythingElseKeepsTurning() {
        turnsBeside(1_000, 12);
    }

    @Test
    @Tag("soak")
    void everythingElseKeepsTurningBesideAMillion() {
        turnsBeside(1_000_000, 60);
    }

    /** A reader of one child, a paused queue's backlog, an attempt that runs on and on, a parked one. */
    private void turnsBeside(int backlog, int turns) {
        rig.awa.enqueueAll(PAUSED, Flux.range(0, backlog)).block(Duration.ofMinutes(5));
        pause();
        RunningWorker worker = start(m -> m);
        Disposable producer = produce();
        try (SignalsLog log = new SignalsLog(worker)) {
            JobId running = rig.enqueue(LONG, 1);
            JobId parked = rig.enqueue(PARKED, 1);
            rig.becomes(parked, JobState.WAITING, false);
            Await.until("held", () -> worker.stats().held() >= 2);
            Connection reader = Objects.requireNonNull(
                    Mono.from(rig.postgres.connections().create()).block(Await.LONG));
            run(reader, "set application_name = 'stuck reader'");
            Mono.from(reader.beginTransaction()).block(Await.LONG);
            long child = rig.number("select last_value & 255 from {awa}.current_segment");
            run(reader, "select count(*) from " + rig.schema + ".jobs_" + child);
            // Whichever segment the child holds by now: it stays.
            Await.until("taken", () -> live(child).size() == 1);
            long stuck = Long.parseLong(live(child).get(0));

            long pruned = pruned();
            long stores = storesPruned();
            Await.until(() -> "turns: " + (pruned() - pruned), Duration.ofMinutes(3), () -> pruned() >= pruned + turns);
            Await.until(() -> "stores turn: " + storesPruned(), Duration.ofMinutes(1), () -> storesPruned() > stores);
            Await.until(
                    () -> "all others are given back: " + rig.sql("select * from {awa}.segments()"),
                    Await.LONG,
                    () -> rig.sql("select segment from {awa}.generations where reclaimed_at is null and segment <= "
                                    + stuck + " order by 1")
                            .equals(List.of("1", Long.toString(stuck))));
            assertThat(state(running)).isEqualTo(JobState.RUNNING);
            assertThat(state(parked)).isEqualTo(JobState.WAITING);
            // This test's own looks at jobs may have been in the way of others for a moment.
            assertThat(log.steps(Step.PRUNE, "Blocked").filter(signal -> signal.number() == stuck))
                    .isNotEmpty()
                    .allSatisfy(signal -> {
                        assertThat(signal.outcome()).isEqualTo(new PruneOutcome.Blocked("jobs_" + child));
                        assertThat(signal.holders())
                                .anySatisfy(holder ->
                                        assertThat(holder.application()).isEqualTo("stuck reader"));
                    });
            assertThat(log.steps(Step.FINISH, "SkippedActive")).anySatisfy(signal -> {
                assertThat(signal.number()).isEqualTo(1);
                assertThat(signal.outcome()).isEqualTo(new FinishOutcome.SkippedActive("available"));
            });
            assertThat(log.of(MaintenanceSignal.Failed.class)).isEmpty();

            producer.dispose();
            Mono.from(reader.rollbackTransaction()).block(Await.LONG);
            Mono.from(reader.close()).block(Await.LONG);
            end.tryEmitEmpty();
            rig.awa.callbacks().complete(Objects.requireNonNull(token.get())).block(Await.LONG);
            rig.awa.admin().resume("paused").block(Await.LONG);
            Await.until(
                    () -> "all given back: " + rig.sql("select * from {awa}.segments()"),
                    Duration.ofMinutes(4),
                    () -> rig.number("select count(*) from {awa}.generations where reclaimed_at is null and segment <= "
                                    + stuck)
                            == 0);
            assertThat(state(running)).isIn(JobState.COMPLETED);
        } finally {
            producer.dispose();
        }
    }

    /** No child is free: the signal names each and why, and the current one takes what comes. */
    @Test
    void whatKeepsAllChildrenIsNamed() {
        rig.enqueue(PAUSED, 0);
        pause();
        RunningWorker worker = start(m -> m.retain(Duration.ofMinutes(5), 1L << 40));
        Disposable producer = produce();
        try (SignalsLog log = new SignalsLog(worker)) {
            // The first of them may come before any segment is finished.
            Await.until(
                    () -> "busy, all told: " + log,
                    Await.LONG,
                    () -> log.steps(Step.ROTATE, "SkippedBusy")
                            .map(signal -> ((RotateOutcome.SkippedBusy) signal.outcome()).blockers())
                            .anyMatch(blockers -> blockers.size() == 7
                                    && blockers.stream()
                                            .anyMatch(blocker -> blocker.number() == 1
                                                    && blocker.reason() == Blocker.Reason.AVAILABLE)
                                    && blockers.stream()
                                            .anyMatch(blocker -> blocker.reason() == Blocker.Reason.RETAINED)));
            long done = worker.stats().completed();
            Await.until("jobs go on", () -> worker.stats().completed() > done + 100);
        } finally {
            producer.dispose();
        }
    }

    /** Short readers that overlap: with escalation the child goes, without it does not. */
    @Test
    void aStreamOfShortReadersStarvesNobodyForEver() {
        RunningWorker never = start(m -> m.escalate(0, Duration.ZERO).rotate(Duration.ofDays(1), 1L << 30));
        rig.enqueue(20);
        Await.until("done", () -> never.stats().completed() == 20);
        try (ShortReaders readers = new ShortReaders(rig, "jobs_0")) {
            Await.until("read", () -> readers.reads() > 10);
            rig.sql("select {awa}.register()");
            rig.sql("select {awa}.move()");
            try (SignalsLog log = new SignalsLog(never)) {
                Await.until(() -> "starved: " + log, Await.LONG, () -> log.count(Step.PRUNE, "Blocked") >= 6);
                assertThat(pruned()).isZero();
                never.drain(Duration.ofSeconds(1)).block(Await.LONG);
            }
            readers.mayWait();
            RunningWorker escalates = start(m -> m.escalate(3, Duration.ofMillis(200)));
            try (SignalsLog log = new SignalsLog(escalates)) {
                Await.until(() -> "pruned: " + log, Await.LONG, () -> pruned() >= 1);
                Await.until("told", () -> log.steps(Step.PRUNE, "Pruned").anyMatch(Stepped::escalated));
                assertThat(log.count(Step.PRUNE, "Blocked")).isGreaterThanOrEqualTo(3);
            }
            assertThat(readers.failures()).isEmpty();
        }
    }

    /** An error that is no refusal is told as one, its child is tried again later, and others go on meanwhile. */
    @Test
    void errorsAreTold() {
        Faults.Rule rule = faults.refuse(".prune(", 3, "58000");
        Faults.Rule lost = faults.loseAnswers(".segments(", 2);
        RunningWorker worker = start(m -> m);
        Disposable producer = produce();
        try (SignalsLog log = new SignalsLog(worker)) {
            Await.until(() -> "pruned: " + log, Await.LONG, () -> rule.times() == 3 && pruned() > 3);
            assertThat(lost.times()).isEqualTo(2);
            assertThat(log.of(MaintenanceSignal.Failed.class))
                    .filteredOn(failed -> failed.step() == Step.PRUNE)
                    .hasSize(3)
                    .allMatch(failed -> failed.loop() == Loop.SEGMENTS && failed.epoch() > 0)
                    .allMatch(failed -> failed.error().getMessage().contains("refused by the test"));
        } finally {
            producer.dispose();
        }
    }

    private RunningWorker start(UnaryOperator<MaintenanceOptions> settings) {
        Awa awa = rig.instance(faults);
        return rig.start(
                awa,
                w -> w.handle(
                                Rig.NUMBER,
                                job -> job.attempt() == 1 && job.args() % 10 == 0
                                        ? Mono.just(Outcome.retryAfter(Duration.ofMillis(10), "once more"))
                                        : Mono.just(Outcome.done()))
                        .handle(PAUSED, job -> Mono.just(Outcome.done()))
                        .handle(LONG, job -> end.asMono().thenReturn(Outcome.done()))
                        .handle(
                                PARKED,
                                job -> job.registerCallback(Duration.ofHours(1))
                                        .doOnNext(token::set)
                                        .map(Outcome::waitForCallback))
                        .attempts(a -> a.holdAfter(Duration.ofSeconds(1)))
                        .queue("paused", q -> q.workers(64))
                        .maintenance(m -> settings.apply(m.interval(TICK)
                                .rotate(Duration.ofMillis(200), 1L << 30)
                                .retain(Duration.ZERO, 0)
                                .rotateStore(Duration.ofSeconds(1), 1L << 30)
                                .lead(Duration.ofMillis(100), Duration.ofSeconds(4)))));
    }

    private Disposable produce() {
        return Flux.interval(Duration.ofMillis(5))
                .onBackpressureDrop()
                .concatMap(i -> rig.awa.enqueue(Rig.NUMBER.with((int) (i % 1_000))), 1)
                .subscribe();
    }

    private List<String> live(long child) {
        return rig.sql("select segment from {awa}.generations where reclaimed_at is null and child = " + child);
    }

    // A queue is there once a job is.
    private void pause() {
        assertThat(rig.awa.admin().pause("paused", "test").block(Await.LONG)).isTrue();
    }

    private long pruned() {
        return rig.number("select count(*) from {awa}.generations where reclaimed_at is not null");
    }

    private long storesPruned() {
        return rig.number("select count(*) from {awa}.stores where reclaimed_at is not null");
    }

    private JobState state(JobId id) {
        return rig.job(id).state();
    }

    private static void run(Connection connection, String sql) {
        Flux.from(connection.createStatement(sql).execute())
                .concatMap(result -> result.map((row, meta) -> 1))
                .blockLast(Await.LONG);
    }
}
