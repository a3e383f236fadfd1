package io.awa.reactive.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.Awa;
import io.awa.reactive.AwaValidationException;
import io.awa.reactive.admin.JobState;
import io.awa.reactive.callback.CallbackOutcome;
import io.awa.reactive.callback.CallbackTimeoutException;
import io.awa.reactive.callback.CallbackToken;
import io.awa.reactive.job.JobId;
import io.awa.reactive.testkit.AwaPostgres;
import io.r2dbc.spi.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;

/** Jobs that wait for an answer from outside, between a worker and whoever answers. */
@Timeout(90)
class CallbacksTest {

    private static final Duration LONG = Duration.ofMinutes(5);

    private final Faults faults = new Faults(AwaPostgres.shared().connections());
    private final Rig rig = new Rig(AwaPostgres.shared(), faults);
    private final AtomicReference<CallbackToken> token = new AtomicReference<>();
    private final AtomicBoolean disposed = new AtomicBoolean();
    private final Queue<Object> seen = new ConcurrentLinkedQueue<>();

    @AfterEach
    void close() {
        rig.close();
    }

    @Test
    void aParkedJobHasNoSlotAndIsCompletedFromOutside() {
        JobId id = parked();
        assertThat(rig.job(id)).matches(v -> v.state() == JobState.WAITING && v.attempt() == 1);
        assertThat(rig.worker().stats()).matches(s -> s.running() == 0 && s.unsettled() == 0 && s.parked() == 1);
        assertThat(rig.sql("select round(date_part('epoch', due_at - clock_timestamp())) from {awa}.entries_0"
                        + " where state = 'w'"))
                .allMatch(s -> Math.abs(Double.parseDouble(s) - 300) <= 2);
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
    void aHandlerThatWaitsGoesOnWithoutHavingHeldItsSlot() {
        List<JobId> ids = new ArrayList<>();
        Queue<CallbackToken> tokens = new ConcurrentLinkedQueue<>();
        for (int i = 0; i < 5; i++) {
            ids.add(rig.enqueue(Rig.NUMBER, i));
        }
        rig.start(w -> fast(w).handle(
                        Rig.NUMBER,
                        job -> job.args() > 4
                                ? Mono.empty()
                                : job.registerCallback(LONG)
                                        .doOnNext(tokens::add)
                                        .flatMap(job::awaitCallback)
                                        .doOnNext(answer -> seen.add(
                                                Thread.currentThread().getName().startsWith("awa-handler")
                                                        ? job.args() + "=" + answer
                                                        : "wrong thread"))
                                        .thenReturn(Outcome.done()))
                .queue("q", q -> q.workers(1)));
        Await.until("all parked in one slot", () -> rig.worker().stats().parked() == 5);
        assertThat(rig.worker().stats()).matches(s -> s.running() == 0 && s.unsettled() == 0);
        JobId other = rig.enqueue(Rig.NUMBER, 7);
        rig.becomes(other, JobState.COMPLETED, false);
        for (CallbackToken one : tokens) {
            assertThat(answer(c -> c.resume(one, "r"))).isEqualTo(new CallbackOutcome.Resumed(true));
        }
        Await.until("all completed", () -> rig.worker().stats().completed() == 6);
        assertThat(seen).containsExactlyInAnyOrder("0=\"r\"", "1=\"r\"", "2=\"r\"", "3=\"r\"", "4=\"r\"");
        assertThat(rig.worker().stats()).matches(s -> s.parked() == 0 && s.unsettled() == 0 && s.stale() == 0);
    }

    @Test
    void waitsFollowEachOther() {
        JobId id = rig.enqueue(Rig.NUMBER, 1);
        work(job -> wait(job).then(wait(job)).thenReturn(Outcome.fail("end")));
        Await.until("first", () -> rig.worker().stats().parked() == 1);
        CallbackToken first = token();
        assertThat(resume(null)).isEqualTo(new CallbackOutcome.Resumed(true));
        Await.until(
                "second", () -> !token().equals(first) && rig.worker().stats().parked() == 1);
        assertThat(answer(c -> c.resume(first, 1))).isEqualTo(new CallbackOutcome.AlreadyEnded(JobState.RUNNING));
        assertThat(resume(2)).isEqualTo(new CallbackOutcome.Resumed(true));
        rig.becomes(id, JobState.FAILED, false);
        assertThat(seen.stream().map(Object::toString)).containsExactly("null", "2");
    }

    @Test
    void aLostNotificationIsMadeUpForByLookingEachSecond() {
        JobId id = rig.enqueue(Rig.NUMBER, 1);
        work(job -> wait(job).thenReturn(Outcome.done()));
        Await.until("parked", () -> rig.worker().stats().parked() == 1);
        assertThat(rig.terminate("listen")).isEqualTo(1);
        assertThat(resume(1)).isEqualTo(new CallbackOutcome.Resumed(true));
        Await.until("completed", () -> rig.worker().stats().completed() == 1);
        assertThat(rig.job(id).state()).isNotEqualTo(JobState.WAITING);
    }

    @Test
    void aWaitWhoseTimeIsOverEndsWithAnError() {
        rig.enqueue(Rig.NUMBER, 1);
        work(job -> job.registerCallback(Duration.ofMillis(100))
                .doOnNext(token::set)
                .flatMap(job::awaitCallback)
                .doOnError(seen::add)
                .thenReturn(Outcome.done()));
        Await.until(
                "over",
                () -> rig.number("select count(*) from {awa}.entries_0 where state = 'w'"
                                + " and due_at < clock_timestamp()")
                        == 1);
        timeOut();
        Await.until("heard", () -> !seen.isEmpty());
        assertThat(seen).singleElement().isInstanceOf(CallbackTimeoutException.class);
        Await.until("slot free", () -> rig.worker().stats().running() == 0);
    }

    @Test
    void aWaitThatIsCompletedFromOutsideIsDisposed() {
        JobId id = rig.enqueue(Rig.NUMBER, 1);
        work(job -> wait(job).doOnCancel(() -> disposed.set(true)).thenReturn(Outcome.fail("x")));
        Await.until("parked", () -> rig.worker().stats().parked() == 1);
        assertThat(complete()).isEqualTo(new CallbackOutcome.Completed());
        Await.until("disposed", disposed::get);
        assertThat(rig.worker().stats()).matches(s -> s.running() == 0 && s.unsettled() == 0 && s.failed() == 0);
        assertThat(rig.sql("select outcome from {awa}.endings_0 order by entry"))
                .containsExactly("h", "w", "c");
        assertThat(id).isNotNull();
    }

    @Test
    void aHandlerThatGivesUpWaitingEndsItsJob() {
        JobId id = rig.enqueue(Rig.NUMBER, 1);
        work(job -> wait(job)
                .timeout(Duration.ofMillis(300))
                .thenReturn(Outcome.done())
                .onErrorReturn(Outcome.fail("no patience")));
        assertThat(rig.becomes(id, JobState.FAILED, false).error()).isEqualTo("no patience");
        Await.until("nothing in hand", () -> rig.worker().stats().unsettled() == 0);
        assertThat(rig.worker().stats().parked()).isZero();
        assertThat(complete()).isEqualTo(new CallbackOutcome.AlreadyEnded(JobState.FAILED));
    }

    @Test
    void aDrainLeavesParkedJobsAndTheNextProcessGoesOn() {
        JobId id = rig.enqueue(Rig.NUMBER, 1);
        Function<ActiveJob<Integer>, Mono<Outcome>> handler = job -> job.callbackResult()
                .<Mono<Outcome>>map(result -> Mono.fromRunnable(() -> seen.add(result.toString())))
                .orElseGet(() -> wait(job).thenReturn(Outcome.fail("wrong")));
        work(handler);
        Await.until("parked", () -> rig.worker().stats().parked() == 1);
        DrainReport report =
                Objects.requireNonNull(rig.worker().drain(Duration.ofSeconds(5)).block(Await.LONG));
        assertThat(report).matches(DrainReport::clean);
        assertThat(rig.job(id).state()).isEqualTo(JobState.WAITING);
        assertThat(resume("x")).isEqualTo(new CallbackOutcome.Resumed(false));
        work(handler);
        rig.becomes(id, JobState.COMPLETED, true);
        assertThat(seen).containsExactly("\"x\"");
    }

    @Test
    void aJobThatWaitedInItsProcessMayParkWithoutItLater() {
        JobId id = rig.enqueue(Rig.NUMBER, 1);
        work(job -> job.callbackResult().isPresent()
                ? Mono.just(Outcome.done())
                : wait(job).then(park(job)));
        Await.until("waits", () -> rig.worker().stats().parked() == 1);
        CallbackToken first = token();
        assertThat(resume(1)).isEqualTo(new CallbackOutcome.Resumed(true));
        Await.until("parked", () -> !token().equals(first) && rig.job(id).state() == JobState.WAITING);
        assertThat(resume(2)).isEqualTo(new CallbackOutcome.Resumed(false));
        rig.becomes(id, JobState.COMPLETED, true);
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

    private String refused(Function<io.awa.reactive.callback.Callbacks, Mono<CallbackOutcome>> what) {
        Object error = what.apply(rig.awa.callbacks())
                .<Object>map(x -> x)
                .onErrorResume(Mono::just)
                .block(Await.LONG);
        assertThat(error).isInstanceOf(AwaValidationException.class);
        return ((AwaValidationException) Objects.requireNonNull(error)).field();
    }

    private JobId parked() {
        work(this::park);
        return again();
    }

    private JobId again() {
        JobId id = rig.enqueue(Rig.NUMBER, 1);
        rig.becomes(id, JobState.WAITING, false);
        Await.until("parked", () -> rig.worker().stats().unsettled() == 0);
        return id;
    }

    private Mono<Outcome> park(ActiveJob<Integer> job) {
        return job.registerCallback(LONG).doOnNext(token::set).map(Outcome::waitForCallback);
    }

    private Mono<JsonNode> wait(ActiveJob<Integer> job) {
        return Mono.defer(() -> job.registerCallback(LONG))
                .doOnNext(token::set)
                .flatMap(job::awaitCallback)
                .doOnNext(seen::add);
    }

    private void work(Function<ActiveJob<Integer>, Mono<Outcome>> handler) {
        rig.start(w -> fast(w).handle(Rig.NUMBER, handler::apply).withoutMaintenance());
    }

    private static AwaWorkerBuilder fast(AwaWorkerBuilder worker) {
        return worker.attempts(a -> a.holdAfter(Duration.ofSeconds(1)).grace(Duration.ofMillis(100)));
    }

    private CallbackToken token() {
        return Objects.requireNonNull(token.get());
    }

    private CallbackOutcome complete() {
        return answer(c -> c.complete(token()));
    }

    private CallbackOutcome resume(@Nullable Object payload) {
        return answer(c -> c.resume(token(), payload));
    }

    private CallbackOutcome answer(Function<io.awa.reactive.callback.Callbacks, Mono<CallbackOutcome>> what) {
        Awa awa = rig.awa;
        return Objects.requireNonNull(what.apply(awa.callbacks()).block(Await.LONG));
    }

    /** What the rescue of callbacks does. */
    private void timeOut() {
        rig.sql("with e as (select e.entry from {awa}.entries_0 e where state = 'w' and due_at < clock_timestamp()),"
                + " x as (select {awa}.end_entries(array[0], array[e.entry], array['t'], -88) as ended, e.entry from e)"
                + " select cardinality({awa}.follow(array[0], array[x.entry], array['t'], array[60000::bigint],"
                + " array['{\"reason\": \"callback_timeout\"}'], null)) from x where cardinality(x.ended) > 0");
    }
}
