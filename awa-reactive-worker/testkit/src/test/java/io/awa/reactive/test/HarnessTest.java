package io.awa.reactive.test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.awa.reactive.admin.JobEvent;
import io.awa.reactive.admin.JobState;
import io.awa.reactive.job.JobId;
import io.awa.reactive.job.JobType;
import io.awa.reactive.testkit.HistoryVerdict;
import io.awa.reactive.worker.Backoff;
import io.awa.reactive.worker.Outcome;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** Work, one job at a time, and what it came to. */
@AwaTest
@Timeout(120)
class HarnessTest {

    private static final JobType<Integer> NUMBER =
            JobType.of("number", Integer.class).queue("q").maxAttempts(3);
    private static final JobType<String> OTHER =
            JobType.of("other", String.class).queue("p");

    @Test
    void oneJobAtATimeHasItsResult(AwaHarness awa) {
        awa.handle(NUMBER, job -> switch (job.args()) {
            case 0 -> Mono.empty();
            case 1 -> Mono.error(new IllegalStateException("broken"));
            case 2 -> Mono.just(Outcome.fail("hopeless"));
            case 3 -> Mono.just(Outcome.deadLetter("nobody knows"));
            case 4 -> Mono.just(Outcome.snooze(Duration.ofMinutes(1)));
            case 5 -> Mono.just(Outcome.cancel("not wanted"));
            case 6 -> job.registerCallback(Duration.ofHours(1)).map(Outcome::waitForCallback);
            default -> Mono.never();
        });
        for (int i = 0; i <= 7; i++) {
            awa.enqueue(NUMBER.with(i));
        }
        assertThat(awa.workOne()).isInstanceOf(WorkResult.Done.class);
        assertThat(awa.workOne()).isInstanceOf(WorkResult.Retried.class);
        assertThat(awa.workOne()).isInstanceOf(WorkResult.Failed.class);
        assertThat(awa.workOne()).isInstanceOf(WorkResult.Dead.class);
        assertThat(awa.workOne()).isInstanceOf(WorkResult.Snoozed.class);
        assertThat(awa.workOne()).isInstanceOf(WorkResult.Cancelled.class);
        assertThat(awa.workOne()).isInstanceOf(WorkResult.Parked.class);
        WorkResult released = awa.patience(Duration.ofMillis(300)).workOne();
        assertThat(released).isInstanceOf(WorkResult.Released.class);
        assertThat(released.job().attempt()).isEqualTo(0);
        assertThat(awa.jobs(NUMBER)).hasSize(8);
        awa.awa().admin().cancel(released.job().id()).block();
        assertThat(awa.workOne()).isInstanceOf(WorkResult.NoJob.class);
        assertThatThrownBy(() -> awa.workOne().job()).hasMessageContaining("no job");
    }

    @Test
    void queuesAreWorkedOneAtATimeOrAll(AwaHarness awa) {
        RecordingHandler<String> other = TestHandlers.recording();
        awa.handle(NUMBER, TestHandlers.succeeding()).handleBlocking(OTHER, job -> {
            other.handle(job);
            return Outcome.done().followedBy(NUMBER.with(9));
        });
        JobId first = awa.enqueue(OTHER.with("a"));
        awa.enqueue(OTHER.with("b"));
        assertThat(awa.workOne("q")).isInstanceOf(WorkResult.NoJob.class);
        assertThat(awa.workOne("p").job().id()).isEqualTo(first);
        // Follow-ups too.
        assertThat(awa.workAll()).hasSize(3).allMatch(WorkResult.Done.class::isInstance);
        assertThat(other.args()).containsExactly("a", "b");
    }

    @Test
    void aJobInAQueueThatNoTypeNames(AwaHarness awa) {
        awa.handle(NUMBER, TestHandlers.succeeding());
        awa.enqueue(NUMBER.with(1).queue("elsewhere"));
        assertThat(awa.workAll()).isEmpty();
        assertThat(awa.queue("elsewhere", q -> q).workAll()).hasSize(1);
        awa.assertThatJob().isCompleted().isInQueue("elsewhere");
    }

    @Test
    void whatIsForgottenIsSaid(AwaHarness awa) {
        assertThatThrownBy(awa::workOne).hasMessageContaining("no handler");
        assertThatThrownBy(awa::job).hasMessageContaining("no job");
        awa.handle(NUMBER, TestHandlers.succeeding());
        awa.enqueue(OTHER.with("x").queue("q"));
        assertThatThrownBy(awa::workAll)
                .hasMessageContaining("without a handler")
                .hasMessageContaining("number");
        assertThatThrownBy(() -> awa.assertThatJob(new JobId(4711))).hasMessageContaining("no such job");
    }

    @Test
    void handlersThatFailAFewTimes(AwaHarness awa) {
        AtomicInteger errors = new AtomicInteger();
        RecordingHandler<Integer> handler = TestHandlers.recording(
                TestHandlers.failing(2, () -> new IllegalStateException("no " + errors.incrementAndGet())));
        awa.handle(NUMBER, handler, options -> options.backoff(Backoff.fixed(Duration.ZERO)));
        awa.enqueue(NUMBER.with(1));
        assertThat(awa.workAll()).hasSize(3);
        assertThat(handler.calls()).extracting(RecordingHandler.Call::attempt).containsExactly(1, 2, 3);
        awa.assertThatJob()
                .isCompleted()
                .hasAttempts(3)
                .wentThrough(JobEvent.Type.CLAIMED, JobEvent.Type.RETRYING, JobEvent.Type.CLAIMED);

        awa.handle(
                NUMBER,
                TestHandlers.answering(Outcome.snooze(Duration.ofDays(1)), Outcome.retry("later"), Outcome.done()));
        awa.enqueue(NUMBER.with(2));
        awa.clock().advanceUntilIdle();
        awa.assertThatJob().isCompleted().hasAttempts(2);

        awa.handle(NUMBER, TestHandlers.slow(Duration.ofMillis(20)));
        awa.enqueue(NUMBER.with(3));
        assertThat(awa.workOne()).isInstanceOf(WorkResult.Done.class);

        awa.handle(NUMBER.deadline(Duration.ofMillis(100)), TestHandlers.hanging());
        awa.enqueue(NUMBER.deadline(Duration.ofMillis(100)).with(4));
        assertThat(awa.workOne()).isInstanceOf(WorkResult.Retried.class);
        awa.assertThatJob().isRetrying().lastErrorContains("eadline");
    }

    @Test
    void aFailedAssertionShowsTheJobsLife(AwaHarness awa) {
        awa.handle(NUMBER, TestHandlers.failing(() -> new IllegalStateException("broken")));
        awa.enqueue(NUMBER.with(42));
        awa.workOne();
        awa.assertThatJob().isRetrying().hasPriority(2).argsContain("42").hasState(JobState.RETRYING);
        assertThatThrownBy(() -> awa.assertThatJob().isCompleted())
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("to be COMPLETED, it is RETRYING")
                .hasMessageContaining("CLAIMED")
                .hasMessageContaining("broken");
        assertThatThrownBy(() -> awa.assertThatJob().hasAttempts(2)).hasMessageContaining("it has 1");
        assertThatThrownBy(() -> awa.assertThatJob().lastErrorContains("smtp")).hasMessageContaining("broken");
        assertThatThrownBy(() -> awa.assertThatJob().hasNoError()).isInstanceOf(AssertionError.class);
        assertThatThrownBy(() -> awa.assertThatJob().isDueAt(Instant.EPOCH)).isInstanceOf(AssertionError.class);
        assertThatThrownBy(() -> awa.assertThatJob().isInQueue("x")).isInstanceOf(AssertionError.class);
        assertThatThrownBy(() -> awa.assertThatJob().hasPriority(1)).isInstanceOf(AssertionError.class);
        assertThatThrownBy(() -> awa.assertThatJob().reasonContains("x")).isInstanceOf(AssertionError.class);
        assertThatThrownBy(() -> awa.assertThatJob().argsContain("43")).isInstanceOf(AssertionError.class);
        assertThatThrownBy(() -> awa.assertThatJob().wentThrough(JobEvent.Type.RETRYING, JobEvent.Type.CLAIMED))
                .isInstanceOf(AssertionError.class);
    }

    @Test
    void threadsThatMustNotBlockAreRefused(AwaHarness awa) {
        awa.handle(NUMBER, job -> {
            awa.job();
            return Mono.empty();
        });
        awa.enqueue(NUMBER.with(1));
        assertThat(awa.workOne()).isInstanceOf(WorkResult.Retried.class);
        awa.assertThatJob().lastErrorContains("awa-handler").lastErrorContains("must not block");
        assertThatThrownBy(() -> Mono.fromCallable(awa.clock()::now)
                        .subscribeOn(Schedulers.parallel())
                        .block())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("test's own thread");
        assertThatThrownBy(() -> Mono.fromCallable(AwaHarness::create)
                        .subscribeOn(Schedulers.parallel())
                        .block())
                .hasMessageContaining("test's own thread");
    }

    @Test
    void itWorksInParallelAndSeesEachJobOnce(AwaHarness awa) {
        RecordingHandler<Integer> handler = TestHandlers.recording();
        awa.handle(NUMBER, handler).queue("q", q -> q.workers(8));
        List<JobId> ids = java.util.stream.IntStream.range(0, 100)
                .mapToObj(i -> awa.enqueue(NUMBER.with(i)))
                .toList();
        assertThat(awa.workAll()).hasSize(100);
        assertThat(handler.calls()).extracting(RecordingHandler.Call::id).containsExactlyInAnyOrderElementsOf(ids);
    }

    @Test
    void theHistoryIsJudged(AwaHarness awa) {
        assertThatThrownBy(awa::history).hasMessageContaining("watch()");
        awa.watch();
        assertThatThrownBy(awa::watch).hasMessageContaining("already");
        awa.handle(NUMBER, TestHandlers.failing(1, () -> new IllegalStateException("once")));
        for (int i = 0; i < 10; i++) {
            awa.enqueue(i < 5 ? NUMBER.with(i) : NUMBER.with(i).runAfter(Duration.ofHours(i)));
        }
        awa.clock().advanceUntilIdle();
        HistoryVerdict verdict = awa.history();
        assertThat(verdict.isClean()).as(verdict.report()).isTrue();
        assertThat(verdict.committed()).isEqualTo(20);
        assertThat(verdict.offers()).isEqualTo(20);
        awa.enqueue(NUMBER.with(11));
        assertThat(awa.history().breaks(HistoryVerdict.Rule.LOST)).isTrue();
    }

    @Test
    void jobsOfAKeyGoOneAfterTheOther(AwaHarness awa) {
        JobType<Integer> keyed = NUMBER.concurrencyKey(number -> "tenant");
        RecordingHandler<Integer> handler = TestHandlers.recording();
        awa.handle(keyed, handler);
        for (int i = 0; i < 3; i++) {
            awa.enqueue(keyed.with(i));
        }
        assertThat(awa.abandonOne("q")).isNotNull();
        assertThat(awa.workAll()).isEmpty();
        awa.assertThatJob().hasState(JobState.GATED);
        awa.clock().advanceUntilIdle();
        awa.clock().advance(Duration.ofMinutes(1));
        awa.clock().advanceUntilIdle();
        assertThat(handler.args()).containsExactlyInAnyOrder(0, 1, 2);
    }
}
