package io.awa.reactive.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.admin.JobState;
import io.awa.reactive.admin.JobView;
import io.awa.reactive.job.JobId;
import io.awa.reactive.job.JobType;
import io.awa.reactive.testkit.AwaPostgres;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** Whatever a handler does has one stated end, frees its slot, and is visible. */
@Timeout(90)
class HandlersTest {

    private static final Set<JobState> OPEN = EnumSet.of(JobState.AVAILABLE, JobState.RUNNING);
    private static final String LARGE = "x".repeat((1 << 20) - 2);

    private final Faults faults = new Faults(AwaPostgres.shared().connections());
    private final Rig rig = new Rig(AwaPostgres.shared(), faults);

    @AfterEach
    void close() {
        rig.close();
    }

    @TestFactory
    Stream<DynamicTest> everyHandlerHasOneEnd() {
        Scheduler elastic = Schedulers.newBoundedElastic(2, 100, "blocking", 10, true);
        return Stream.of(
                        ends("throws while assembling", JobState.RETRYING, "IllegalStateException: thrown", job -> {
                            throw new IllegalStateException("thrown");
                        }),
                        ends("answers null", JobState.RETRYING, "null instead of a Mono", job -> nothing()),
                        ends("is empty", JobState.COMPLETED, null, job -> Mono.empty()),
                        ends("is done", JobState.COMPLETED, null, job -> Mono.just(Outcome.done())),
                        ends("fails", JobState.FAILED, "no", job -> Mono.just(Outcome.fail("no"))),
                        ends(
                                "errs",
                                JobState.RETRYING,
                                "java.io.IOException: disk",
                                job -> Mono.error(new java.io.IOException("disk"))),
                        ends("misses a class", JobState.RETRYING, "NoClassDefFoundError: org/gone", job -> {
                            throw new NoClassDefFoundError("org/gone");
                        }),
                        ends(
                                "misses a class when subscribed",
                                JobState.RETRYING,
                                "NoClassDefFoundError",
                                job -> Mono.defer(() -> {
                                    throw new NoClassDefFoundError("org/gone");
                                })),
                        ends("runs too deep", JobState.RETRYING, "StackOverflowError", job -> deep(0)),
                        ends(
                                "asserts",
                                JobState.RETRYING,
                                "AssertionError",
                                job -> Mono.fromRunnable(() -> {
                                    throw new AssertionError("wrong");
                                })),
                        ends(
                                "errs without a message",
                                JobState.RETRYING,
                                "Unreadable",
                                job -> Mono.error(new Unreadable())),
                        ends(
                                "throws in subscribe",
                                JobState.RETRYING,
                                "IllegalArgumentException",
                                job -> Mono.from(subscriber -> {
                                    throw new IllegalArgumentException("in subscribe");
                                })),
                        ends(
                                "ends elsewhere",
                                JobState.COMPLETED,
                                null,
                                job -> Mono.delay(Duration.ofMillis(5)).thenReturn(Outcome.done())),
                        ends(
                                "errs elsewhere",
                                JobState.RETRYING,
                                "ArithmeticException",
                                job -> Mono.delay(Duration.ofMillis(5)).map(n -> {
                                    throw new ArithmeticException("late");
                                })),
                        ends(
                                "goes on after errors",
                                JobState.RETRYING,
                                "ArithmeticException",
                                job -> Mono.<Outcome>error(new ArithmeticException("late"))
                                        .onErrorContinue((error, item) -> {})),
                        ends(
                                "skips its own errors",
                                JobState.COMPLETED,
                                null,
                                job -> Flux.range(0, 3)
                                        .map(n -> 1 / n)
                                        .onErrorContinue((error, item) -> {})
                                        .then(Mono.just(Outcome.done()))),
                        ends(
                                "blocks on its own threads",
                                JobState.COMPLETED,
                                null,
                                job -> Mono.fromCallable(() -> {
                                            LockSupport.parkNanos(20_000_000);
                                            return Outcome.done();
                                        })
                                        .subscribeOn(elastic)))
                .map(this::test);
    }

    private DynamicTest test(Case one) {
        return DynamicTest.dynamicTest("a handler that " + one.name, () -> {
            String queue = "q " + one.name;
            JobType<Integer> type = JobType.of(one.name, Integer.class).queue(queue);
            RunningWorker worker = rig.start(w ->
                    w.handle(type, one.handler).queue(queue, q -> q.workers(1)).withoutMaintenance());
            JobId first = rig.enqueue(type, 1);
            JobId second = rig.enqueue(type, 2);
            for (JobId id : new JobId[] {first, second}) {
                JobView view = ended(id);
                assertThat(view.state()).isEqualTo(one.state);
                if (one.error != null) {
                    assertThat(view.error()).contains(one.error);
                }
            }
            Await.until("its slot is back", () -> worker.stats().running() == 0);
            assertThat(Objects.requireNonNull(
                            worker.drain(Duration.ofSeconds(5)).block()))
                    .matches(DrainReport::clean);
        });
    }

    @Test
    void argumentsThatAreNotWhatTheTypeSaysFailWithAClearError() {
        JobId id = rig.enqueue(JobType.of("number", String.class).queue("q"), "many");
        rig.start(w -> w.handle(
                Rig.NUMBER, job -> Mono.fromCallable(() -> job.args() > 0 ? Outcome.done() : Outcome.fail("no"))));
        assertThat(ended(id).state()).isEqualTo(JobState.FAILED);
        assertThat(ended(id).error()).contains("AwaPayloadException").contains("number");
    }

    @Test
    void largeArgumentsAreFetchedAndHandledOnAHandlersThread() {
        JobType<String> type = JobType.of("text", String.class).queue("q");
        Queue<String> seen = new ConcurrentLinkedQueue<>();
        for (int i = 0; i < 20; i++) {
            rig.enqueue(type, LARGE);
        }
        rig.start(w -> w.handle(
                type,
                job -> Mono.fromCallable(() -> {
                    seen.add(Thread.currentThread().getName());
                    return job.args().equals(LARGE) ? Outcome.done() : Outcome.fail("damaged");
                })));
        assertThat(rig.settled()).matches(l -> l.completed() == 20 && l.claims() == 20);
        assertThat(seen).hasSize(20).allMatch(thread -> thread.startsWith("awa-handler-"));
        assertThat(faults.count(".bodies($1")).isPositive();
    }

    @Test
    void aJobDoesNotFailBecauseItsArgumentsCouldNotBeFetchedAtOnce() {
        JobType<String> type = JobType.of("text", String.class).queue("q");
        JobId id = rig.enqueue(type, LARGE);
        faults.refuse(".bodies($1", 1, "57014");
        Faults.Rule lost = faults.loseAnswers(".bodies($1", 1);
        rig.start(w -> w.handle(type, job -> Mono.just(Outcome.done())));
        assertThat(ended(id).state()).isEqualTo(JobState.COMPLETED);
        assertThat(lost.times()).isEqualTo(1);
    }

    @Test
    void aJobThatNeverEndsKeepsItsSlotAndNoOther() {
        AtomicReference<String> stuck = new AtomicReference<>();
        RunningWorker worker = rig.start(w -> w.handle(Rig.NUMBER, job -> {
                    if (job.args() == 0) {
                        stuck.set(job.id().toString());
                        return Mono.never();
                    }
                    return Mono.empty();
                })
                .queue("q", q -> q.workers(2)));
        rig.enqueue(200);
        Await.until(
                "the others are done",
                () -> worker.stats().completed() == 199 && worker.stats().running() == 1);
        DrainReport report = worker.drain(Duration.ofMillis(200)).block(Await.LONG);
        assertThat(report).matches(DrainReport::clean).matches(r -> r.settled() == 0 && r.released() == 1);
    }

    @Test
    void aHandlerThatIsCutShortHearsOfIt() {
        AtomicReference<String> cut = new AtomicReference<>("not begun");
        RunningWorker worker = rig.start(w -> w.handle(
                Rig.NUMBER,
                job -> Mono.<Outcome>never()
                        .doOnSubscribe(subscription -> cut.set("running"))
                        .doOnCancel(() -> cut.set("cancelled"))));
        rig.enqueue(1);
        Await.until("it runs", () -> cut.get().equals("running"));
        worker.drain(Duration.ofMillis(50)).block(Await.LONG);
        Await.until("it hears", () -> cut.get().equals("cancelled"));
    }

    private JobView ended(JobId id) {
        Await.until(() -> "an end of " + id, Await.LONG, () -> !OPEN.contains(view(id).state()));
        return view(id);
    }

    private JobView view(JobId id) {
        return Objects.requireNonNull(rig.awa.admin().job(id).block(Await.LONG));
    }

    private static Case ends(String name, JobState state, @Nullable String error, JobHandler<Integer> handler) {
        return new Case(name, state, error, handler);
    }

    @SuppressWarnings("NullAway") // what user code does all the same
    private static Mono<Outcome> nothing() {
        return null;
    }

    private static Mono<Outcome> deep(int depth) {
        return depth < 0 ? Mono.empty() : deep(depth + 1).map(outcome -> outcome);
    }

    private record Case(
            String name, JobState state, @Nullable String error, JobHandler<Integer> handler) {}

    /** An error whose message cannot be read. */
    private static final class Unreadable extends RuntimeException {

        private static final long serialVersionUID = 1L;

        @Override
        public String getMessage() {
            throw new IllegalStateException("no message either");
        }
    }
}
