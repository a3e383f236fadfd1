package io.awa.reactive.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.Awa;
import io.awa.reactive.admin.Destination;
import io.awa.reactive.admin.JobState;
import io.awa.reactive.job.JobId;
import io.awa.reactive.observe.ObserveOptions;
import io.awa.reactive.testkit.AwaPostgres;
import io.awa.reactive.testkit.Seeds;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** Many observers, servers that go away, and lives nobody has thought of. */
@Timeout(120)
class ObserveManyTest {

    private static final ObserveOptions ENDLESS = ObserveOptions.defaults().beyondEnds();

    /** One connection and a few statements, however many watch; and each is told how its job came to its end. */
    @Test
    void fiveThousandWatchOnOneConnection() {
        int watchers = 5_000;
        Sinks.Empty<Void> gate = Sinks.empty();
        Faults faults = new Faults(AwaPostgres.shared().connections());
        try (Rig rig = new Rig()) {
            Awa watching = rig.instance(faults);
            rig.enqueue(watchers);
            List<JobId> ids = rig.sql("select pos from {awa}.jobs_0 order by pos").stream()
                    .map(JobId::parse)
                    .toList();
            List<Observed> all =
                    ids.stream().map(id -> Observed.of(watching, id)).toList();
            Await.until(
                    "each knows where its job is",
                    () -> all.stream().noneMatch(one -> one.states().isEmpty()));
            // Whoever came while a statement was under way shares the next one.
            assertThat(faults.count(".lives($1)")).isBetween(50, 1_000);

            long began = System.nanoTime();
            int before = faults.count(".stirred($1");
            Await.until("ten rounds", () -> faults.count(".stirred($1") >= before + 50);
            long millis = Duration.ofNanos(System.nanoTime() - began).toMillis();
            // Five statements a round, and no two rounds within 100 ms.
            assertThat(millis).isGreaterThanOrEqualTo(900);
            assertThat(rig.sessions())
                    .filteredOn(one -> one.contains(" watch: "))
                    .hasSize(1);
            System.err.println("5,000 observers: ten rounds in " + millis + " ms");

            rig.start(w -> w.handle(Rig.NUMBER, job -> gate.asMono().thenReturn(Outcome.done()))
                    .queue("q", q -> q.workers(watchers).claim(512)));
            gate.tryEmitEmpty().orThrow();
            all.forEach(one -> assertThat(one.completed())
                    .containsExactly(JobState.AVAILABLE, JobState.RUNNING, JobState.COMPLETED));
            int last = faults.count(".stirred($1") + faults.count(".lives($1)");
            Await.staysTrue(
                    "nobody watches, nothing is asked",
                    Duration.ofMillis(400),
                    () -> faults.count(".stirred($1") + faults.count(".lives($1)") <= last + 5);
        }
    }

    /** No look succeeds; what workers tell is enough. */
    @Test
    void workersTellObserversOfOtherProcesses() {
        Faults faults = new Faults(AwaPostgres.shared().connections());
        try (Rig rig = new Rig()) {
            Awa watching = rig.instance(faults);
            Faults.Rule looks = faults.refuse(".stirred($1", Integer.MAX_VALUE, "57014");
            rig.start(w -> w.handle(
                            Rig.NUMBER,
                            job -> job.attempt() == 1
                                    ? Mono.delay(Duration.ofMillis(300))
                                            .thenReturn(Outcome.retryAfter(Duration.ofMillis(200), "once more"))
                                    : Mono.delay(Duration.ofMillis(300)).thenReturn(Outcome.done()))
                    .queue("q", q -> q.workers(200)));
            List<Observed> all = IntStream.range(0, 50)
                    .mapToObj(i -> Observed.of(watching, rig.enqueue(Rig.NUMBER, i)))
                    .toList();
            all.forEach(one -> {
                assertThat(one.completed()).endsWith(JobState.COMPLETED);
                Paths.assertPath(one.states());
            });
            assertThat(looks.times()).isPositive();
        }
    }

    /** Nothing is told; looks are enough. */
    @Test
    void wordsMayBeLost() {
        Faults faults = new Faults(AwaPostgres.shared().connections());
        try (Rig rig = new Rig()) {
            Awa watching = rig.instance(faults);
            Faults.Rule words = faults.refuse("pg_notify(", Integer.MAX_VALUE, "57014");
            List<Observed> all = IntStream.range(0, 50)
                    .mapToObj(i -> Observed.of(watching, rig.enqueue(Rig.NUMBER, i)))
                    .toList();
            rig.start(w -> w.handle(Rig.NUMBER, job -> Mono.just(Outcome.done())));
            all.forEach(one -> assertThat(one.completed()).endsWith(JobState.COMPLETED));
            assertThat(words.times()).isPositive();
        }
    }

    @Test
    void whoIsBehindIsNotReadFor() {
        Faults faults = new Faults(AwaPostgres.shared().connections());
        try (Rig rig = new Rig()) {
            Awa watching = rig.instance(faults);
            JobId id = rig.enqueue(Rig.NUMBER, 1);
            Observed slow = Observed.of(watching, id, ObserveOptions.defaults(), 0);
            Await.until("read once", () -> faults.count(".lives($1)") == 1);
            rig.start(w -> w.handle(Rig.NUMBER, job -> Mono.just(Outcome.done())));
            rig.becomes(id, JobState.COMPLETED, false);
            Await.staysTrue(
                    "not read",
                    Duration.ofMillis(400),
                    () -> faults.count(".lives($1)") == 1 && slow.all().isEmpty());
            assertThat(faults.count(".stirred($1")).isZero();
            slow.request(1);
            Await.until("one", () -> slow.all().size() == 1);
            slow.request(9);
            assertThat(slow.completed()).containsExactly(JobState.AVAILABLE, JobState.RUNNING, JobState.COMPLETED);
        }
    }

    @Test
    void observersOutliveTheirConnectionAndTheServer() {
        try (AwaPostgres own = AwaPostgres.start(AwaPostgres.Options.defaults());
                Rig rig = new Rig(own, own.connections())) {
            Awa watching = rig.instance(own.connections());
            int jobs = 300;
            rig.enqueue(jobs);
            List<Observed> all = rig.sql("select pos from {awa}.jobs_0 order by pos").stream()
                    .map(id -> Observed.of(watching, JobId.parse(id)))
                    .toList();
            Await.until(
                    "known", () -> all.stream().noneMatch(one -> one.states().isEmpty()));
            rig.sql("select pg_terminate_backend(pid) from pg_stat_activity where application_name = '" + rig.name
                    + " watch'");
            rig.start(w -> w.handle(
                            Rig.NUMBER,
                            job -> Mono.delay(Duration.ofMillis(20))
                                    .thenReturn(
                                            job.attempt() == 1
                                                    ? Outcome.retryAfter(Duration.ZERO, "once more")
                                                    : Outcome.done()))
                    .queue("q", q -> q.workers(8)));
            Await.until("some are done", () -> all.stream().anyMatch(one -> one.complete));
            own.kill9();
            own.restart();
            for (Observed one : all) {
                assertThat(one.completed()).endsWith(JobState.COMPLETED);
                assertThat(one.error).isNull();
                Paths.assertPath(one.states());
            }
        }
    }

    /**
     * Handlers and operators do what comes to their minds. Who watched from the beginning, here or there, now and then
     * interrupted, was told what the evidence tells in the end, and nothing twice.
     */
    @Test
    void randomLives() {
        long seed = Seeds.one();
        SplittableRandom random = Seeds.random(seed);
        System.err.println("AWA_SEED=" + seed);
        try (Rig rig = new Rig()) {
            Awa elsewhere = rig.instance(AwaPostgres.shared().connections());
            int jobs = 40;
            List<JobId> ids = IntStream.range(0, jobs)
                    .mapToObj(i -> Objects.requireNonNull(rig.awa
                                    .enqueue(Rig.NUMBER
                                            .with(i)
                                            .maxAttempts(20)
                                            .runAfter(Duration.ofMillis(i % 3 == 0 ? 50 : 0)))
                                    .block(Await.LONG))
                            .id())
                    .toList();
            List<Interrupted> watching = new ArrayList<>();
            for (JobId id : ids) {
                watching.add(new Interrupted(List.of(rig.awa, elsewhere), id, random.split()));
                watching.add(new Interrupted(List.of(elsewhere), id, random.split()));
            }
            Await.until("known", () -> watching.stream().noneMatch(Interrupted::isEmpty));
            boolean[] wild = {true};
            rig.start(w -> w.handle(
                            Rig.NUMBER,
                            job -> Mono.delay(Duration.ofMillis(
                                            ThreadLocalRandom.current().nextInt(40)))
                                    .thenReturn(wild[0] ? anything(job) : Outcome.done()))
                    .queue("q", q -> q.workers(16))
                    .queue("r", q -> q.workers(4)));
            for (int act = 0; act < 400; act++) {
                JobId id = ids.get(random.nextInt(jobs));
                switch (random.nextInt(8)) {
                    case 0 -> rig.awa.admin().cancel(id).block(Await.LONG);
                    case 1 -> rig.awa.admin().cancel(id, "because").block(Await.LONG);
                    case 2 ->
                        rig.awa
                                .admin()
                                .move(id, Destination.queue(random.nextBoolean() ? "q" : "r"))
                                .block(Await.LONG);
                    case 3, 4, 5 -> rig.awa.admin().retry(id).block(Await.LONG);
                    default -> watching.get(random.nextInt(watching.size())).interrupt();
                }
                LockSupport.parkNanos(random.nextLong(5_000_000));
            }
            wild[0] = false;
            for (JobId id : ids) {
                Await.until(() -> "completed: " + rig.job(id), Await.LONG, () -> {
                    rig.awa.admin().retry(id).block(Await.LONG);
                    return rig.job(id).state() == JobState.COMPLETED;
                });
            }
            int told = 0;
            for (Interrupted one : watching) {
                List<JobState> states = one.completed();
                List<JobState> evidence = Observed.of(
                                elsewhere, one.job, ObserveOptions.defaults().withHistory())
                        .completed();
                Paths.assertPath(states);
                assertThat(states).as("AWA_SEED=%s job %s", seed, one.job).isEqualTo(evidence);
                told += states.size();
            }
            System.err.println(told + " states told to " + watching.size() + " observers");
            assertThat(told).isGreaterThan(10 * jobs);
        }
    }

    private static Outcome anything(ActiveJob<Integer> job) {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        job.progress(random.nextInt(100), "on it");
        return switch (random.nextInt(7)) {
            case 0 -> Outcome.done();
            case 1, 2 -> Outcome.retryAfter(Duration.ofMillis(5), "r");
            case 3 -> Outcome.snooze(Duration.ofMillis(5));
            case 4 -> Outcome.fail("f");
            case 5 -> Outcome.cancel("c");
            default -> Outcome.deadLetter("d");
        };
    }

    /** An observer that leaves now and then, and goes on from where it was, with this or another instance. */
    private static final class Interrupted {

        final JobId job;
        private final List<Awa> instances;
        private final SplittableRandom random;
        private final List<Observed> parts = new ArrayList<>();

        Interrupted(List<Awa> instances, JobId job, SplittableRandom random) {
            this.instances = instances;
            this.job = job;
            this.random = random;
            parts.add(Observed.of(instances.get(0), job, ENDLESS.withHistory()));
        }

        boolean isEmpty() {
            return newest().all().isEmpty();
        }

        void interrupt() {
            newest().cancel();
            String cursor = null;
            for (Observed part : parts) {
                if (!part.all().isEmpty()) {
                    cursor = part.all().get(part.all().size() - 1).cursor();
                }
            }
            parts.add(Observed.of(
                    instances.get(random.nextInt(instances.size())),
                    job,
                    ENDLESS.after(Objects.requireNonNull(cursor))));
        }

        List<JobState> completed() {
            newest().completed();
            return parts.stream().flatMap(part -> part.states().stream()).toList();
        }

        private Observed newest() {
            return parts.get(parts.size() - 1);
        }
    }
}
