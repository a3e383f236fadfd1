package io.awa.reactive.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.admin.JobState;
import io.awa.reactive.admin.JobView;
import io.awa.reactive.job.JobId;
import io.awa.reactive.testkit.AwaPostgres;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

@Timeout(90)
class CompletionsTest {

    private static final String CLOSE = ".close($1";

    private final Faults faults = new Faults(AwaPostgres.shared().connections());
    private final Rig rig = new Rig(AwaPostgres.shared(), faults);

    @AfterEach
    void close() {
        rig.close();
    }

    @Test
    void aClaimIsOneStatementAndAFlushIsOneStatement() {
        rig.enqueue(4_096);
        int before = faults.count("");
        RunningWorker worker = rig.start(w -> w.handle(Rig.NUMBER, job -> Mono.empty())
                .queue("q", q -> q.workers(2_048))
                .completions(c -> c.linger(Duration.ofMillis(20)))
                .heartbeat(Duration.ofMinutes(1))
                .rescue(r -> r.staleness(Duration.ofMinutes(5)))
                .withoutMaintenance());
        assertThat(rig.settled().completed()).isEqualTo(4_096);
        // It would go on looking between the two counts of its looks.
        worker.drain(Duration.ofSeconds(5)).block(Await.LONG);
        assertThat(faults.count(".claim($1")).isEqualTo((int) worker.stats().claims());
        assertThat(faults.count(CLOSE))
                .isEqualTo((int) worker.stats().flushes())
                .as("ten a statement at least, however slow the machine")
                .isLessThan(410);
        int others = faults.count("") - before - faults.count(".claim($1") - faults.count(CLOSE);
        // Registration, check, numbers of queue and kind, what each connection sets, the end; nothing at job rate.
        assertThat(others).isLessThan(30);
    }

    @Test
    void aFlushHoldsABatchAndNoMore() {
        rig.enqueue(3_000);
        Sinks.Empty<Void> gate = Sinks.empty();
        Faults.Rule held = faults.holdBack(CLOSE, 1, gate.asMono());
        AtomicInteger handled = new AtomicInteger();
        RunningWorker worker = rig.start(w -> w.handle(Rig.NUMBER, job -> Mono.fromRunnable(handled::incrementAndGet))
                .queue("q", q -> q.workers(64)));
        // A slot is free when its end is on the way to be written.
        Await.until(
                "all handled",
                () -> held.times() == 1
                        && handled.get() == 3_000
                        && worker.stats().running() == 0);
        gate.tryEmitEmpty().orThrow();
        assertThat(rig.settled().completed()).isEqualTo(3_000);
        // The held one, two full ones, and the rest.
        assertThat(worker.stats().flushes()).isBetween(3L, 4L);
    }

    @Test
    void aStaleTokenIsReportedAndNotAccepted() {
        JobId id = rig.enqueue(Rig.NUMBER, 7);
        Sinks.One<Outcome> end = Sinks.one();
        Queue<Boolean> heard = new ConcurrentLinkedQueue<>();
        RunningWorker worker = rig.start(w ->
                w.handle(Rig.NUMBER, job -> end.asMono()).listener((job, outcome, accepted) -> heard.add(accepted)));
        Await.until("running", () -> worker.stats().running() == 1);
        // Another closer, as rescue would be, ends the attempt behind the worker's back.
        rig.sql(
                "select {awa}.close(array[g.segment], array[c.lane], array[c.no], array[c.nonce], array['1'], array['f'],"
                        + " -77, array[1], array[0], array['f'], null, null,"
                        + " array['{\"error\": {\"message\": \"by hand\"}}']) from {awa}.claims_0 c, {awa}.generations g"
                        + " where g.child = 0 and c.n = 1");
        end.tryEmitValue(Outcome.done()).orThrow();
        Await.until("decided", () -> worker.stats().stale() == 1 && !heard.isEmpty());
        assertThat(heard).containsExactly(false);
        assertThat(worker.stats().completed()).isZero();
        assertThat(view(id)).matches(v -> v.state() == JobState.FAILED && "by hand".equals(v.error()));
        assertThat(Objects.requireNonNull(worker.drain(Duration.ofSeconds(5)).block(Await.LONG)))
                .matches(DrainReport::clean);
    }

    @Test
    void failuresKeepTheirErrorWhateverIsInIt() {
        String long1M = "0123456789".repeat(100_000);
        Map<Integer, String> reasons = Map.of(
                0, "nul \0 in it",
                1, "half a pair \ud83d here",
                2, "other half \udca9",
                3, "quotes \" ' \\ {a,b} NULL $1 ; \n\t\r\u001e\u001f",
                4, long1M,
                5, "",
                6, "NULL",
                7, "x".repeat(3_999) + "\ud83d\udca9");
        Map<Integer, JobId> ids = new ConcurrentHashMap<>();
        reasons.keySet().forEach(n -> ids.put(n, rig.enqueue(Rig.NUMBER, n)));
        rig.start(w ->
                w.handle(Rig.NUMBER, job -> Mono.just(Outcome.fail(Objects.requireNonNull(reasons.get(job.args()))))));
        assertThat(rig.settled().failed()).isEqualTo(8);
        assertThat(error(ids, 0)).isEqualTo("nul   in it");
        assertThat(error(ids, 1)).startsWith("half a pair ").endsWith(" here");
        assertThat(error(ids, 2)).startsWith("other half ");
        assertThat(error(ids, 3)).isEqualTo(reasons.get(3));
        assertThat(error(ids, 4)).isEqualTo(long1M.substring(0, 4_000));
        assertThat(error(ids, 5)).isEmpty();
        assertThat(error(ids, 6)).isEqualTo("NULL");
        assertThat(error(ids, 7)).startsWith("x".repeat(3_999));
    }

    @Test
    void aLostAnswerIsAskedForUnderTheSameNonceAndCountsOnce() {
        rig.enqueue(500);
        Faults.Rule lost = faults.loseAnswers(CLOSE, 3);
        Queue<Boolean> heard = new ConcurrentLinkedQueue<>();
        RunningWorker worker = rig.start(w -> w.handle(
                        Rig.NUMBER, job -> Mono.just(job.args() % 5 == 0 ? Outcome.fail("five") : Outcome.done()))
                .listener((job, outcome, accepted) -> heard.add(accepted)));
        assertThat(rig.settled()).matches(l -> l.completed() == 400 && l.failed() == 100 && l.claims() == 500);
        Await.until("all heard", () -> heard.size() == 500 && worker.stats().unsettled() == 0);
        assertThat(lost.times()).isEqualTo(3);
        assertThat(heard).containsOnly(true);
        assertThat(worker.stats())
                .matches(s -> s.completed() == 400 && s.failed() == 100 && s.stale() == 0 && s.unsettled() == 0);
        assertThat(rig.number("select count(*) from {awa}.entries_0")).isEqualTo(100);
    }

    @Test
    void aConnectionKilledInTheMiddleOfAFlushCostsNothing() {
        rig.enqueue(2_000);
        RunningWorker worker;
        try (Locked locked = new Locked(rig, "closures_0")) {
            worker = rig.start(w -> w.handle(Rig.NUMBER, job -> Mono.empty()));
            Await.until(
                    "a flush waits",
                    () -> rig.number("select count(*) from pg_stat_activity where"
                                    + " wait_event_type = 'Lock' and application_name like '" + rig.name + " close%'")
                            == 1);
            assertThat(rig.terminate("close")).isEqualTo(1);
        }
        assertThat(rig.settled()).matches(l -> l.completed() == 2_000 && l.twice() == 0);
        Await.until("no debt", () -> worker.stats().unsettled() == 0);
        assertThat(worker.stats().stale()).isZero();
    }

    @Test
    void aListenerThatThrowsHarmsNobody() {
        rig.enqueue(10);
        Queue<Boolean> heard = new ConcurrentLinkedQueue<>();
        RunningWorker worker =
                rig.start(w -> w.handle(Rig.NUMBER, job -> Mono.empty()).listener((job, outcome, accepted) -> {
                    heard.add(accepted);
                    if (job.args() instanceof Integer n && n % 2 == 0) {
                        throw new AssertionError("a listener's own");
                    }
                    throw new IllegalStateException("a listener's own");
                }));
        assertThat(rig.settled().completed()).isEqualTo(10);
        Await.until("no debt", () -> worker.stats().unsettled() == 0);
        assertThat(heard).hasSize(10).containsOnly(true);
        assertThat(worker.stats()).matches(s -> s.completed() == 10 && s.stale() == 0);
    }

    @Test
    void oneEndThatTheDatabaseRefusesKeepsNoOtherBack() {
        rig.enqueue(64);
        // The database refuses whatever holds ordinal 0 of a claim of 64 with another outcome: a poisoned member.
        rig.sql(
                "alter table {awa}.entries_0 add constraint poison check (extras #>> '{errors,0,message}' <> 'poison')");
        RunningWorker worker = rig.start(w -> w.handle(
                        Rig.NUMBER, job -> Mono.just(job.args() == 13 ? Outcome.fail("poison") : Outcome.done()))
                .queue("q", q -> q.workers(64)));
        Await.until("the others are written", () -> rig.ledger().completed() == 63);
        Await.until("no debt", () -> worker.stats().unsettled() == 0);
        DrainReport report =
                Objects.requireNonNull(worker.drain(Duration.ofSeconds(5)).block(Await.LONG));
        assertThat(report.abandoned()).isEqualTo(1);
        assertThat(rig.sql("select stopped_at is null from {awa}.workers where worker = " + worker.number()))
                .containsExactly("true");
    }

    private String error(Map<Integer, JobId> ids, int n) {
        return Objects.requireNonNull(view(Objects.requireNonNull(ids.get(n))).error());
    }

    private JobView view(JobId id) {
        return Objects.requireNonNull(rig.awa.admin().job(id).block(Await.LONG));
    }
}
