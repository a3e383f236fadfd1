package io.awa.reactive.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.AwaValidationException;
import io.awa.reactive.admin.JobState;
import io.awa.reactive.callback.CallbackOutcome;
import io.awa.reactive.callback.CallbackToken;
import io.awa.reactive.job.JobId;
import io.awa.reactive.testkit.AwaPostgres;
import io.r2dbc.spi.Connection;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;

/** Jobs that wait for an answer from outside, between a worker and whoever answers. */
@Timeout(90)
class CallbacksTest extends CallbackCase {

    @Test
    void aParkedJobHasNoSlotAndIsCompletedFromOutside() {
        JobId id = parked();
        assertThat(rig.job(id)).matches(v -> v.state() == JobState.WAITING && v.attempt() == 1);
        assertThat(rig.worker().stats()).matches(s -> s.running() == 0 && s.unsettled() == 0 && s.parked() == 1);
        assertThat(rig.sql("select round(date_part('epoch', due_at - clock_timestamp())) from {awa}.entries_0"
                        + " where state = 'w'"))
                .allMatch(s -> Double.parseDouble(s) > 200 && Double.parseDouble(s) <= 300);
        assertThat(complete()).isEqualTo(new CallbackOutcome.Completed());
        assertThat(complete()).isEqualTo(new CallbackOutcome.AlreadyEnded(JobState.COMPLETED));
        assertThat(resume(1)).isEqualTo(new CallbackOutcome.AlreadyEnded(JobState.COMPLETED));
        assertThat(rig.sql("select outcome from {awa}.endings_0 order by entry"))
                .containsExactly("h", "w", "c");
    }

    @Test
    void itCanBeFailedAndRetriedFromOutside() {
        JobId failed = parked();
        assertThat(answer(c -> c.fail(token(), "the bank said no"))).isEqualTo(new CallbackOutcome.Failed());
        assertThat(rig.job(failed)).matches(v -> v.state() == JobState.FAILED && "the bank said no".equals(v.error()));
        CallbackToken old = token();
        JobId retried = again();
        assertThat(answer(c -> c.retry(token(), "later", Duration.ofMinutes(1))))
                .isEqualTo(new CallbackOutcome.Retried());
        assertThat(rig.job(retried)).matches(v -> v.state() == JobState.RETRYING && v.attempt() == 1);
        assertThat(answer(c -> c.fail(old, "again"))).isEqualTo(new CallbackOutcome.AlreadyEnded(JobState.FAILED));
        assertThat(answer(c -> c.heartbeat(token(), LONG)))
                .isEqualTo(new CallbackOutcome.AlreadyEnded(JobState.RETRYING));
    }

    @Test
    void aRetryFromOutsideAtTheLastAttemptFails() {
        JobId id = rig.enqueue(Rig.NUMBER.maxAttempts(1), 1);
        work(this::park);
        rig.becomes(id, JobState.WAITING, false);
        assertThat(answer(c -> c.retry(token(), "later"))).isEqualTo(new CallbackOutcome.Failed());
        assertThat(rig.job(id).extras()).contains("max_attempts_exhausted");
    }

    @Test
    void resumedWithoutAHandlerThatWaitsItIsHandedOutAgainWithTheSameAttempt() {
        JobId id = rig.enqueue(Rig.NUMBER.maxAttempts(1), 1);
        work(job -> job.callbackResult().isEmpty()
                ? park(job)
                : Mono.fromRunnable(() ->
                        seen.add(job.attempt() + " " + job.callbackResult().orElseThrow())));
        rig.becomes(id, JobState.WAITING, false);
        assertThat(resume(Map.of("paid", true))).isEqualTo(new CallbackOutcome.Resumed(false));
        assertThat(resume(2)).isEqualTo(new CallbackOutcome.AlreadyEnded(JobState.SNOOZED));
        rig.becomes(id, JobState.COMPLETED, true);
        assertThat(seen).containsExactly("1 {\"paid\":true}");
    }

    @Test
    void aHeartbeatExtendsTheTime() {
        parked();
        assertThat(answer(c -> c.heartbeat(token(), Duration.ofHours(1)))).isEqualTo(new CallbackOutcome.Extended());
        assertThat(
                        rig.number(
                                "select count(*) from {awa}.entries_0 e where state = 'w' and due_at > clock_timestamp()"
                                        + " + interval '59 min' and not exists (select from {awa}.endings_0 x where x.entry = e.entry)"))
                .isEqualTo(1);
        assertThat(complete()).isEqualTo(new CallbackOutcome.Completed());
    }

    @Test
    void anAnswerMayComeBeforeTheHandlerParksAndItsEndIsStale() {
        AtomicReference<Boolean> accepted = new AtomicReference<>();
        JobId id = rig.enqueue(Rig.NUMBER, 1);
        rig.start(w -> fast(w).handle(
                        Rig.NUMBER,
                        job -> job.registerCallback(LONG)
                                .doOnNext(token::set)
                                .then(Mono.<Outcome>never().doOnCancel(() -> disposed.set(true))))
                .listener((job, outcome, yes) -> accepted.set(yes)));
        Await.until("registered", () -> token.get() != null);
        assertThat(resume(1)).isEqualTo(new CallbackOutcome.NotParked());
        assertThat(answer(c -> c.heartbeat(token(), LONG))).isEqualTo(new CallbackOutcome.NotParked());
        assertThat(answer(c -> c.retry(token(), "x"))).isEqualTo(new CallbackOutcome.NotParked());
        assertThat(complete()).isEqualTo(new CallbackOutcome.Completed());
        Await.until("disposed", disposed::get);
        assertThat(rig.job(id).state()).isNotEqualTo(JobState.WAITING);
        Await.until("in hand: nothing", () -> rig.worker().stats().unsettled() == 0);
        assertThat(rig.worker().stats().stale()).isEqualTo(1);
    }

    @Test
    void anEndWhoseWordIsLostIsFoundAllTheSame() {
        rig.enqueue(Rig.NUMBER, 1);
        work(job -> job.registerCallback(LONG)
                .doOnNext(token::set)
                .then(Mono.<Outcome>never().doOnCancel(() -> disposed.set(true))));
        Await.until("registered", () -> token.get() != null);
        // As answer_callback does it, without a word to the worker.
        rig.sql("select {awa}.end_entries(array[0], array[e.entry], array['c'], -88) from {awa}.entries_0 e"
                + " where e.callback is not null");
        Await.until("disposed", disposed::get);
        Await.until("in hand: nothing", () -> rig.worker().stats().unsettled() == 0);
    }

    @Test
    void theTimeOverEveryAnswerIsTooLate() {
        JobId id = rig.enqueue(Rig.NUMBER, 1);
        work(job ->
                job.registerCallback(Duration.ofMillis(50)).doOnNext(token::set).map(Outcome::waitForCallback));
        Await.until(
                "over",
                () -> rig.number("select count(*) from {awa}.entries_0 where state = 'w'"
                                + " and due_at < clock_timestamp()")
                        == 1);
        assertThat(complete()).isEqualTo(new CallbackOutcome.TimedOut());
        assertThat(answer(c -> c.heartbeat(token(), LONG))).isEqualTo(new CallbackOutcome.TimedOut());
        timeOut();
        assertThat(rig.job(id).state()).isEqualTo(JobState.RETRYING);
        assertThat(resume(1)).isEqualTo(new CallbackOutcome.TimedOut());
    }

    @Test
    void unknownTokensAreUnknown() {
        assertThat(answer(c -> c.complete(CallbackToken.of("00000000-0000-0000-0000-000000000001"))))
                .isEqualTo(new CallbackOutcome.Unknown());
    }

    @Test
    void aStaleAttemptRegistersNothing() {
        rig.enqueue(Rig.NUMBER, 1);
        AtomicReference<ActiveJob<Integer>> job = new AtomicReference<>();
        work(running -> {
            job.set(running);
            return Mono.never();
        });
        Await.until("held", () -> rig.worker().stats().held() == 1);
        rig.sql("select count(*) from {awa}.settle(array(select lease from {awa}.entries_0), array['x'],"
                + " array[null::bigint], array[null::text], -77)");
        assertThat(Objects.requireNonNull(job.get())
                        .registerCallback(LONG)
                        .<Object>map(t -> t)
                        .onErrorResume(Mono::just)
                        .block(Await.LONG))
                .isInstanceOf(StaleAttemptException.class);
    }

    @Test
    void aLostAnswerIsAskedForAgainAndSaysTheSame() {
        Faults.Rule registering = faults.loseAnswers(".register_callback($1", 1);
        JobId id = parked();
        Faults.Rule lost = faults.loseAnswers(".answer_callback($1", 2);
        assertThat(complete()).isEqualTo(new CallbackOutcome.Completed());
        assertThat(lost.times()).isEqualTo(2);
        assertThat(registering.times()).isEqualTo(1);
        assertThat(rig.number("select count(distinct callback) from {awa}.entries_0"))
                .isEqualTo(1);
        assertThat(id).isNotNull();
    }

    @Test
    void anAnswerInACallersTransactionCountsWithItsCommit() {
        JobId id = parked();
        Connection connection = Objects.requireNonNull(
                Mono.from(AwaPostgres.shared().connections().create()).block(Await.LONG));
        Mono.from(connection.beginTransaction()).block(Await.LONG);
        assertThat(answer(c -> c.on(connection).complete(token()))).isEqualTo(new CallbackOutcome.Completed());
        assertThat(rig.job(id).state()).isEqualTo(JobState.WAITING);
        Mono.from(connection.rollbackTransaction()).block(Await.LONG);
        assertThat(rig.job(id).state()).isEqualTo(JobState.WAITING);
        Mono.from(connection.beginTransaction()).block(Await.LONG);
        assertThat(answer(c -> c.on(connection).fail(token(), "rolled"))).isEqualTo(new CallbackOutcome.Failed());
        Mono.from(connection.commitTransaction()).block(Await.LONG);
        Mono.from(connection.close()).block(Await.LONG);
        assertThat(rig.job(id).state()).isEqualTo(JobState.FAILED);
        assertThat(complete()).isEqualTo(new CallbackOutcome.AlreadyEnded(JobState.FAILED));
    }

    @Test
    void payloadsAndTimesAreBounded() {
        parked();
        assertThat(refused(c -> c.resume(token(), "x".repeat(40_000)))).isEqualTo("payload");
        assertThat(refused(c -> c.resume(token(), "nul \0"))).isEqualTo("payload");
        assertThat(refused(c -> c.heartbeat(token(), Duration.ZERO))).isEqualTo("timeout");
        assertThat(refused(c -> c.retry(token(), "x", Duration.ofMillis(-1)))).isEqualTo("delay");
        assertThat(complete()).isEqualTo(new CallbackOutcome.Completed());
    }

    @Test
    void aParkedJobKeepsNoSegment() {
        JobId id = parked();
        rig.giveFirstSegmentBack();
        assertThat(rig.number("select count(*) from {awa}.jobs_0")).isZero();
        assertThat(rig.job(id).state()).isEqualTo(JobState.WAITING);
        assertThat(complete()).isEqualTo(new CallbackOutcome.Completed());
        assertThat(rig.job(id).state()).isEqualTo(JobState.COMPLETED);
    }

    private String refused(Function<io.awa.reactive.callback.Callbacks, Mono<CallbackOutcome>> what) {
        Object error = what.apply(rig.awa.callbacks())
                .<Object>map(x -> x)
                .onErrorResume(Mono::just)
                .block(Await.LONG);
        assertThat(error).isInstanceOf(AwaValidationException.class);
        return ((AwaValidationException) Objects.requireNonNull(error)).field();
    }
}
