package io.awa.reactive.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.admin.JobState;
import io.awa.reactive.admin.JobView;
import io.awa.reactive.engine.AttemptError;
import io.awa.reactive.job.JobId;
import io.awa.reactive.job.JobType;
import io.awa.reactive.testkit.AwaPostgres;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;

/** Every outcome from the handler to the database. */
@Timeout(90)
class OutcomesTest {

    private final Faults faults = new Faults(AwaPostgres.shared().connections());
    private final Rig rig = new Rig(AwaPostgres.shared(), faults);
    private final Queue<Outcome> heard = new ConcurrentLinkedQueue<>();

    @AfterEach
    void close() {
        rig.close();
    }

    @Test
    void anErrorIsRetriedAfterTheBackoffAndKeptForTheNextAttempt() {
        Queue<List<AttemptError>> errors = new ConcurrentLinkedQueue<>();
        JobId id = start(job -> {
            errors.add(job.errors());
            return job.attempt() < 3 ? Mono.error(new IllegalStateException("no " + job.attempt())) : Mono.empty();
        });
        JobView view = becomes(id, JobState.RETRYING);
        assertThat(view.attempt()).isEqualTo(1);
        assertThat(view.error()).isEqualTo("java.lang.IllegalStateException: no 1");
        // 2 s and up to a quarter more.
        assertThat(dueIn()).isBetween(1_500.0, 2_500.0);
        becomesByPromotion(id, JobState.COMPLETED);
        assertThat(errors).hasSize(3);
        assertThat(List.copyOf(errors).get(2))
                .extracting(AttemptError::attempt, AttemptError::type, AttemptError::message)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple(1, "java.lang.IllegalStateException", "no 1"),
                        org.assertj.core.groups.Tuple.tuple(2, "java.lang.IllegalStateException", "no 2"));
        assertThat(List.copyOf(errors).get(2).get(0).at()).isNotNull();
    }

    @Test
    void theLastAttemptFails() {
        JobId id = start(Rig.NUMBER.maxAttempts(2), job -> Mono.just(Outcome.retryAfter(Duration.ZERO, "again")));
        JobView view = becomesByPromotion(id, JobState.FAILED);
        assertThat(view.attempt()).isEqualTo(2);
        assertThat(view.extras()).contains("max_attempts_exhausted");
        Await.until("both heard", () -> heard.size() == 2);
        assertThat(heard).last().isInstanceOf(Outcome.Fail.class);
    }

    @Test
    void theLastAttemptBecomesADeadLetterWhereTheQueueSaysSo() {
        rig.sql("select {awa}.ensure_lane('q', 2)");
        rig.sql("update {awa}.queues set dead_letter = true returning 1");
        JobId id = start(Rig.NUMBER.maxAttempts(1), job -> Mono.error(new IllegalStateException("no")));
        assertThat(becomes(id, JobState.DEAD).extras()).contains("max_attempts_exhausted");
    }

    @Test
    void aSnoozeCostsNoAttempt() {
        Queue<Integer> attempts = new ConcurrentLinkedQueue<>();
        JobId id = start(Rig.NUMBER.maxAttempts(1), job -> {
            attempts.add(job.attempt());
            return Mono.just(attempts.size() < 4 ? Outcome.snooze(Duration.ofMillis(1)) : Outcome.done());
        });
        becomesByPromotion(id, JobState.COMPLETED);
        assertThat(attempts).containsExactly(1, 1, 1, 1);
    }

    @Test
    void retryAfterNamesItsDelayAndCostsAnAttempt() {
        JobId id = start(job -> Mono.just(Outcome.retryAfter(Duration.ofMinutes(10), "busy")));
        assertThat(becomes(id, JobState.RETRYING)).matches(v -> v.attempt() == 1 && "busy".equals(v.error()));
        assertThat(dueIn()).isBetween(590_000.0, 600_000.0);
    }

    @Test
    void failCancelAndDeadLetterAreForGood() {
        JobId failed = start(job -> switch (job.args()) {
            case 1 -> Mono.just(Outcome.fail("broken"));
            case 2 -> Mono.just(Outcome.cancel("not needed"));
            case 3 -> Mono.just(Outcome.deadLetter("poison"));
            case 4 -> Mono.error(new TerminalJobException("never"));
            default -> Mono.error(new IllegalStateException());
        });
        JobId cancelled = rig.enqueue(Rig.NUMBER, 2);
        JobId dead = rig.enqueue(Rig.NUMBER, 3);
        JobId terminal = rig.enqueue(Rig.NUMBER, 4);
        assertThat(becomes(failed, JobState.FAILED)).matches(v -> "broken".equals(v.error()));
        assertThat(becomes(cancelled, JobState.CANCELLED).extras()).contains("not needed");
        assertThat(becomes(dead, JobState.DEAD).extras()).contains("poison");
        assertThat(becomes(terminal, JobState.FAILED))
                .matches(v -> v.error() != null && v.error().endsWith("TerminalJobException: never"))
                .matches(v -> v.extras() != null && v.extras().contains("terminal_error"));
        RunningWorker worker = rig.worker();
        Await.until("all counted", () -> worker.stats().unsettled() == 0);
        assertThat(worker.stats())
                .matches(s -> s.failed() == 2 && s.cancelled() == 1 && s.deadLettered() == 1 && s.completed() == 0);
    }

    @Test
    void aPayloadThatCannotBeReadFailsForGood() {
        JobId id = rig.enqueue(JobType.of("number", String.class).queue("q"), "many");
        rig.start(w -> w.handle(Rig.NUMBER, job -> Mono.fromCallable(() -> Outcome.retry("" + (job.args() + 1)))));
        assertThat(becomes(id, JobState.FAILED).extras()).contains("undecodable_payload");
    }

    @Test
    void backoffIsThatOfTheKindElseOfTheQueueElseOfTheDatabase() {
        JobType<Integer> other = JobType.of("other", Integer.class).queue("q");
        rig.start(w -> w.handle(
                        Rig.NUMBER,
                        job -> Mono.error(new IllegalStateException()),
                        o -> o.backoff(Backoff.fixed(Duration.ofHours(1))))
                .handle(other, job -> Mono.error(new IllegalStateException()))
                .queue("q", q -> q.backoff(attempt -> Duration.ofHours(2 * attempt))));
        becomes(rig.enqueue(Rig.NUMBER, 1), JobState.RETRYING);
        assertThat(dueIn()).isBetween(3_590_000.0, 3_600_000.0);
        becomes(rig.enqueue(other, 1), JobState.RETRYING);
        assertThat(dueIn()).isBetween(7_190_000.0, 7_200_000.0);
    }

    @Test
    void aBackoffThatThrowsIsReplacedByTheQueues() {
        rig.start(w -> w.withoutMaintenance()
                .handle(
                        Rig.NUMBER,
                        job -> Mono.error(new IllegalStateException()),
                        o -> o.backoff(attempt -> {
                            throw new IllegalArgumentException("wrong formula");
                        })));
        becomes(rig.enqueue(Rig.NUMBER, 1), JobState.RETRYING);
        assertThat(dueIn()).isBetween(1_500.0, 2_500.0);
    }

    @Test
    void aLostAnswerRetriesAJobOnce() {
        Faults.Rule lost = faults.loseAnswers(".close($1", 2);
        JobId id = start(job -> job.attempt() == 1 ? Mono.just(Outcome.retryAfter(Duration.ZERO, "x")) : Mono.empty());
        becomesByPromotion(id, JobState.COMPLETED);
        assertThat(lost.times()).isEqualTo(2);
        assertThat(rig.number("select count(*) from {awa}.entries_0")).isEqualTo(1);
        assertThat(rig.worker().stats().stale()).isZero();
    }

    @Test
    void followUpsAreStoredWithTheEndAndOnce() {
        Faults.Rule lost = faults.loseAnswers(".close_with($1", 1);
        JobType<Integer> next = JobType.of("next", Integer.class).queue("next");
        Queue<Integer> done = new ConcurrentLinkedQueue<>();
        rig.start(w -> w.handle(
                        Rig.NUMBER,
                        job -> Mono.just((job.args() == 1 ? Outcome.done() : Outcome.fail("no"))
                                .followedBy(next.with(job.args()), next.with(10 + job.args()))))
                .handle(next, job -> Mono.fromRunnable(() -> done.add(job.args()))));
        JobId one = rig.enqueue(Rig.NUMBER, 1);
        JobId two = rig.enqueue(Rig.NUMBER, 2);
        becomes(one, JobState.COMPLETED);
        becomes(two, JobState.FAILED);
        Await.until("all followed", () -> done.size() == 4);
        assertThat(done).containsExactlyInAnyOrder(1, 11, 2, 12);
        assertThat(lost.times()).isEqualTo(1);
        assertThat(rig.number("select count(*) from {awa}.jobs_0")).isEqualTo(6);
    }

    @Test
    void aFollowUpThatIsRefusedIsTheAttemptsError() {
        JobId id = start(job -> Mono.just(Outcome.done()
                .followedBy(JobType.of("next", Object.class).queue("q").with(new Object() {
                    @SuppressWarnings("unused")
                    public int getN() {
                        throw new IllegalStateException("unreadable");
                    }
                }))));
        assertThat(becomes(id, JobState.RETRYING).error()).contains("AwaValidationException");
        Await.until("slot free", () -> rig.worker().stats().running() == 0);
    }

    @Test
    void waitingForACallbackThatWasNotRegisteredFails() {
        JobId id = start(job -> Mono.just(Outcome.waitForCallback(
                io.awa.reactive.callback.CallbackToken.of(new java.util.UUID(1, 2).toString()))));
        assertThat(becomes(id, JobState.FAILED).error()).contains("registered");
    }

    private JobId start(Function<ActiveJob<Integer>, Mono<Outcome>> handler) {
        return start(Rig.NUMBER, handler);
    }

    private JobId start(JobType<Integer> type, Function<ActiveJob<Integer>, Mono<Outcome>> handler) {
        JobId id = rig.enqueue(type, 1);
        // What is to be looked at before its time has come must not be promoted meanwhile.
        rig.start(w -> w.handle(Rig.NUMBER, handler::apply)
                .listener((job, outcome, accepted) -> heard.add(outcome))
                .withoutMaintenance());
        return id;
    }

    private double dueIn() {
        return Double.parseDouble(rig.sql("select date_part('epoch', due_at - created_at) * 1000 from {awa}.entries_0"
                        + " where state = 't' order by entry desc limit 1")
                .get(0));
    }

    private JobView becomes(JobId id, JobState state) {
        return rig.becomes(id, state, false);
    }

    private JobView becomesByPromotion(JobId id, JobState state) {
        return rig.becomes(id, state, true);
    }
}
