package io.awa.reactive.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.testkit.AwaPostgres;
import io.awa.reactive.testkit.Seeds;
import java.io.IOException;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import reactor.core.publisher.Mono;

/**
 * A worker under which the database breaks. Every job ends completed exactly once. A handler may run again where its
 * claim did not survive: claims are not waited for, so a crash of the server takes the newest ones back, and their jobs
 * are offered again; the ends of such an attempt are stale.
 */
@ExtendWith(OneTry.class)
@Timeout(300)
class ChaosTest {

    private static final String[] LANES = {"claim", "close", "heartbeat", "maintenance", "listen", ""};

    private final SplittableRandom random = Seeds.random(Seeds.one());

    @Test
    void terminatedBackendsLoseAndRepeatNothing() {
        terminated(20_000, 25);
    }

    @Test
    @Tag("soak")
    void terminatedBackendsLoseAndRepeatNothingForLong() {
        terminated(300_000, 400);
    }

    private void terminated(int jobs, int kills) {
        try (Rig rig = new Rig()) {
            AtomicIntegerArray runs = new AtomicIntegerArray(jobs);
            rig.enqueue(jobs);
            RunningWorker worker =
                    rig.start(w -> w.handle(Rig.NUMBER, job -> work(job, runs)).queue("q", q -> q.workers(64)));
            for (int kill = 0; kill < kills; kill++) {
                LockSupport.parkNanos(random.nextLong(60_000_000));
                rig.terminate(LANES[random.nextInt(LANES.length)]);
            }
            assertOnce(rig, jobs);
            // The server lived on, so no claim was taken back: an attempt is never repeated.
            assertThat(IntStream.range(0, jobs).filter(i -> runs.get(i) != 1)).isEmpty();
            Await.until("no debt", () -> worker.stats().unsettled() == 0);
            assertThat(worker.stats()).matches(s -> s.completed() == jobs && s.stale() == 0);
        }
    }

    @Test
    void aServerThatIsKilledLosesNoJob() {
        killed(60_000, 3);
    }

    @Test
    @Tag("soak")
    void aServerThatIsKilledManyTimesLosesNoJob() {
        killed(400_000, 20);
    }

    private void killed(int jobs, int kills) {
        try (AwaPostgres own = AwaPostgres.start(AwaPostgres.Options.defaults());
                Rig rig = new Rig(own, own.connections())) {
            AtomicIntegerArray runs = new AtomicIntegerArray(jobs);
            rig.enqueue(jobs);
            RunningWorker worker =
                    rig.start(w -> w.handle(Rig.NUMBER, job -> work(job, runs)).queue("q", q -> q.workers(64)));
            for (int kill = 0; kill < kills; kill++) {
                long before = worker.stats().completed();
                // A fast machine may be done before the last kill, which is one in an idle queue then.
                Await.until(
                        "progress after " + kill + " kills and " + before + " jobs",
                        () -> worker.stats().completed() > before + 500
                                || worker.stats().completed() == jobs);
                LockSupport.parkNanos(random.nextLong(50_000_000));
                own.kill9();
                own.restart();
            }
            assertOnce(rig, jobs);
            assertThat(IntStream.range(0, jobs).filter(i -> runs.get(i) < 1)).isEmpty();
            long again =
                    IntStream.range(0, jobs).mapToLong(i -> runs.get(i) - 1).sum();
            Await.until("no debt", () -> worker.stats().unsettled() == 0);
            System.err.println(kills + " crashes: " + again + " handlers ran again, stats " + worker.stats());
            assertThat(worker.stats().stale()).isLessThanOrEqualTo(again);
        }
    }

    @Test
    void aPausedServerIsWaitedOut() throws IOException, InterruptedException {
        try (AwaPostgres own = AwaPostgres.start(AwaPostgres.Options.defaults());
                Rig rig = new Rig(own, own.connections())) {
            int jobs = 5_000;
            AtomicIntegerArray runs = new AtomicIntegerArray(jobs);
            AtomicInteger errors = new AtomicInteger();
            rig.enqueue(jobs);
            RunningWorker worker =
                    rig.start(w -> w.handle(Rig.NUMBER, job -> work(job, runs).doOnError(e -> errors.incrementAndGet()))
                            .queue("q", q -> q.workers(16)));
            Await.until("progress", () -> worker.stats().completed() > 200);
            signal("STOP", own.pid());
            try {
                LockSupport.parkNanos(Duration.ofSeconds(3).toNanos());
            } finally {
                signal("CONT", own.pid());
            }
            assertOnce(rig, jobs);
            assertThat(errors).hasValue(0);
            assertThat(IntStream.range(0, jobs).filter(i -> runs.get(i) != 1)).isEmpty();
            assertThat(worker.stats().stale()).isZero();
        }
    }

    private static Mono<Outcome> work(ActiveJob<Integer> job, AtomicIntegerArray runs) {
        runs.incrementAndGet(job.args());
        return job.args() % 50 == 0
                ? Mono.delay(Duration.ofMillis(5)).thenReturn(Outcome.done())
                : Mono.just(Outcome.done());
    }

    private static void assertOnce(Rig rig, int jobs) {
        assertThat(rig.settled())
                .matches(l -> l.jobs() == jobs && l.completed() == jobs && l.failed() == 0 && l.twice() == 0);
    }

    // The first process and all its children: a session's own process would go on answering.
    private static void signal(String signal, long pid) throws IOException, InterruptedException {
        String all = ProcessHandle.of(pid)
                .orElseThrow()
                .descendants()
                .map(p -> " " + p.pid())
                .reduce("", String::concat);
        new ProcessBuilder("sh", "-c", "kill -" + signal + " " + pid + all)
                .inheritIO()
                .start()
                .waitFor();
    }
}
