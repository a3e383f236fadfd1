package io.awa.reactive.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.awa.reactive.AwaValidationException;
import io.awa.reactive.job.JobType;
import io.awa.reactive.testkit.AwaPostgres;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Processes that die, claims that nobody has, and what becomes of their jobs. */
@ExtendWith(OneTry.class)
@Timeout(180)
class RescueWorkerTest {

    private static final Duration BEAT = Duration.ofMillis(200);
    // Long enough for a process to live through what a crowded machine does to its beats.
    private static final Duration STALENESS = Duration.ofSeconds(6);

    private final AwaPostgres postgres = AwaPostgres.shared();
    private final Rig rig = new Rig();
    private final List<Process> children = new ArrayList<>();

    @AfterEach
    void close() {
        children.forEach(Process::destroyForcibly);
        rig.close();
    }

    /** A process is killed with its hands full: another one does its jobs, as second attempts. */
    @Test
    void aKilledProcess() throws Exception {
        rig.sql("update {awa}.queues set backoff_ms = 1, backoff_max_ms = 1");
        rig.enqueue(40);
        Process child = child("hang");
        Await.until("at work", () -> claimed() >= 20);
        child.destroyForcibly().waitFor();
        Set<Integer> done = ConcurrentHashMap.newKeySet();
        AtomicInteger second = new AtomicInteger();
        RunningWorker worker = rescuing(job -> {
            second.addAndGet(job.attempt() - 1);
            done.add(job.args());
            return Mono.just(Outcome.done());
        });
        Await.until(() -> "all done: " + done.size(), Await.LONG, () -> done.size() == 40);
        assertThat(second.get()).isGreaterThanOrEqualTo(20);
        Await.until("settled", () -> worker.stats().unsettled() == 0);
        assertThat(worker.stats().stale()).isZero();
        Await.until("noted", () -> rig.number("select count(*) from {awa}.workers where rescued_at is not null") == 1);
    }

    /** The jobs of a subscriber are its process's: rescued with it, and left alone as long as it beats. */
    @Test
    void aKilledProcessWhoseJobsASubscriberHad() throws Exception {
        JobType<Integer> claimed = Rig.NUMBER.queue("claimed");
        rig.awa.enqueueAll(claimed, Flux.range(0, 40)).block();
        rig.sql("update {awa}.queues set backoff_ms = 1, backoff_max_ms = 1");
        Process child = child("claims");
        Await.until("in hand", () -> claimed() == 40);
        RunningWorker worker = rescuing(job -> Mono.empty());
        Await.staysTrue(
                "left alone",
                STALENESS.plusSeconds(1),
                () -> rig.number("select count(*) from {awa}.entries_0 where state <> 'h'") == 0);
        child.destroyForcibly().waitFor();
        Taking all = new Taking(100);
        worker.claims("claimed", claimed).subscribe(all);
        all.has(40);
        assertThat(all.got).allMatch(job -> job.attempt() == 2);
        Await.staysTrue(
                "left alone", STALENESS.plusSeconds(1), () -> worker.stats().unsettled() == 40);
        for (ClaimedJob<Integer> job : all.got) {
            assertThat(Taking.settle(job.complete())).isEqualTo(Settled.ACCEPTED);
        }
        assertThat(worker.stats().stale()).isZero();
    }

    /** Frozen until its jobs were rescued and it was forgotten, and back: it goes on, and nothing of it is rescued again. */
    @Test
    void aProcessThatIsFrozenUntilItIsForgotten() throws Exception {
        rig.sql("update {awa}.queues set backoff_ms = 1, backoff_max_ms = 1");
        rig.enqueue(200);
        Process child = child("works");
        Await.until("at work", () -> completed() >= 20);
        long frozen = rig.number("select worker from {awa}.workers");
        signal(child, "STOP");
        rig.start(w -> w.handle(JobType.of("other", Integer.class).queue("other"), job -> Mono.empty())
                .heartbeat(BEAT)
                .rescue(r -> r.interval(Duration.ofMillis(50)).staleness(STALENESS)));
        Await.until(
                "found empty",
                () -> rig.number("select count(*) from {awa}.workers where rescued_at is not null") == 1);
        rig.sql("update {awa}.workers set rescued_at = rescued_at - interval '2 days' where rescued_at is not null");
        assertThat(rig.number("select {awa}.forget_workers(array[" + frozen + "], 86400000, 9)"))
                .isEqualTo(1);
        signal(child, "CONT");
        Await.until("known", () -> known(frozen) == 1);
        Await.until("all done", () -> completed() == 200);
        long rescued = rescued();
        rig.enqueue(100);
        Await.until("all done", () -> completed() == 300);
        assertThat(rescued()).isEqualTo(rescued);
        assertThat(child.isAlive()).isTrue();
        assertThat(known(frozen)).isEqualTo(1);
        assertThat(rig.number("select count(*) from {awa}.entries_0 where state = 'f'"))
                .isZero();
    }

    /** A job that kills its process ends as failed once its attempts are used, and says why. */
    @Test
    void aJobThatKillsItsProcess() throws Exception {
        rig.awa.enqueue(Rig.NUMBER.with(666)).block();
        rig.sql("update {awa}.queues set backoff_ms = 1, backoff_max_ms = 1");
        RunningWorker other =
                rig.start(w -> w.handle(JobType.of("other", Integer.class).queue("other"), job -> Mono.empty())
                        .heartbeat(BEAT)
                        .rescue(r -> r.interval(Duration.ofMillis(50)).staleness(Duration.ofSeconds(3))));
        for (int attempt = 1; attempt <= 3; attempt++) {
            Process child = child("halt");
            assertThat(child.waitFor()).isEqualTo(9);
            int used = attempt;
            Await.until(
                    "rescued " + attempt,
                    () -> rig.number("select coalesce(max(attempt), 0) from {awa}.entries_0") == used);
        }
        Await.until("failed", () -> rig.number("select count(*) from {awa}.entries_0 where state = 'f'") == 1);
        assertThat(rig.sql("select concat_ws(' ', attempt, extras ->> 'reason', jsonb_array_length(extras -> 'errors'))"
                        + " from {awa}.entries_0 where state = 'f'"))
                .containsExactly("3 crash_exhausted 3");
        assertThat(other.stats().claimed()).isZero();
    }

    /** An end that the database refuses leaves its job to rescue: it is not named in the beats any more. */
    @Test
    void whatTheProcessHasNotIsLost() {
        rig.enqueue(10);
        rig.sql("update {awa}.queues set backoff_ms = 3600000");
        rig.sql("alter table {awa}.closures_0 add constraint no check (outcomes <> 'c' or closer % 2 = 5) not valid");
        RunningWorker worker = rescuing(job -> Mono.just(Outcome.done()));
        Await.until("abandoned", () -> rig.number("select count(*) from {awa}.entries_0 where state = 't'") == 10);
        assertThat(rig.sql("select distinct extras #>> '{errors,0,class}' from {awa}.entries_0"))
                .containsExactly("ClaimLost");
        Await.until("off hand", () -> worker.stats().unsettled() == 0);
    }

    /** A worker that is slow, busy and beating is left alone, its claims' answers lost or not. */
    @Test
    void aBusyProcessIsLeftAlone() {
        Faults faults = new Faults(postgres.connections());
        rig.enqueue(6_000);
        faults.loseAnswers(".claim(", 3);
        faults.loseAnswers(".beat(", 2);
        AtomicInteger runs = new AtomicInteger();
        RunningWorker worker = rig.start(
                rig.instance(faults),
                w -> w.handle(Rig.NUMBER, job -> {
                            runs.incrementAndGet();
                            return Mono.delay(Duration.ofMillis(20)).thenReturn(Outcome.done());
                        })
                        .queue("q", q -> q.workers(32))
                        .heartbeat(BEAT)
                        .rescue(r -> r.interval(Duration.ofMillis(20))
                                .staleness(STALENESS)
                                .grace(Duration.ZERO)));
        Await.until(
                () -> "done: " + worker.stats(),
                Await.LONG,
                () -> worker.stats().completed() == 6_000);
        assertThat(runs.get()).isEqualTo(6_000);
        assertThat(worker.stats().stale()).isZero();
        assertThat(rig.number("select count(*) from {awa}.entries_0")).isZero();
        assertThat(rig.number("select count(*) from {awa}.workers where live is not null"))
                .isEqualTo(1);
    }

    @Test
    void stalenessAndHeartbeatMustFit() {
        AwaWorkerBuilder builder = AwaWorker.builder(rig.awa).handle(Rig.NUMBER, job -> Mono.empty());
        assertThatThrownBy(() -> builder.heartbeat(Duration.ofSeconds(11)).build())
                .isInstanceOf(AwaValidationException.class)
                .hasMessageContaining("rescue.staleness");
        assertThatThrownBy(() -> builder.heartbeat(Duration.ofSeconds(1))
                        .rescue(r -> r.interval(Duration.ofSeconds(10)))
                        .build())
                .hasMessageContaining("rescue.interval");
        assertThatThrownBy(() -> builder.rescue(r -> r.staleness(Duration.ZERO)))
                .hasMessageContaining("rescue.staleness");
        assertThatThrownBy(() -> builder.rescue(r -> r.grace(Duration.ofDays(1))))
                .hasMessageContaining("rescue.grace");
    }

    private RunningWorker rescuing(JobHandler<Integer> handler) {
        return rig.start(w -> w.handle(Rig.NUMBER, handler)
                .heartbeat(BEAT)
                .rescue(r ->
                        r.interval(Duration.ofMillis(50)).staleness(STALENESS).grace(Duration.ofMillis(100))));
    }

    private static void signal(Process process, String name) throws Exception {
        assertThat(new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                        .start()
                        .waitFor())
                .isZero();
    }

    private long known(long worker) {
        return rig.number("select count(*) from {awa}.workers where rescued_at is null and worker = " + worker);
    }

    private long completed() {
        return rig.number("select coalesce(sum(case when length(outcomes) > 1 then length(outcomes)"
                + " - length(replace(outcomes, 'c', '')) when outcomes = 'c' then bit_count(members) else 0 end), 0)"
                + " from {awa}.closures_0");
    }

    private long rescued() {
        return rig.number("select count(*) from {awa}.entries_0 where state = 't'");
    }

    private long claimed() {
        return rig.number("select coalesce(sum(n), 0) from {awa}.claims_0");
    }

    private Process child(String deed) throws IOException {
        Process child = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        RescuedProcess.class.getName(),
                        postgres.url(),
                        rig.schema,
                        deed)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        children.add(child);
        return child;
    }
}
