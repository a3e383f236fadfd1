package io.awa.reactive.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.admin.JobState;
import io.awa.reactive.callback.CallbackOutcome;
import io.awa.reactive.callback.CallbackTimeoutException;
import io.awa.reactive.callback.CallbackToken;
import io.awa.reactive.job.JobId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** Handlers that wait in their process for an answer from outside. */
@Timeout(90)
class WaitingHandlersTest extends CallbackCase {

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
        Await.until(
                "all parked in one slot",
                () -> rig.worker().stats().parked() == 5
                        && rig.worker().stats().running() == 0
                        && rig.worker().stats().unsettled() == 0);
        JobId other = rig.enqueue(Rig.NUMBER, 7);
        rig.becomes(other, JobState.COMPLETED, false);
        for (CallbackToken one : tokens) {
            assertThat(answer(c -> c.resume(one, "r"))).isEqualTo(new CallbackOutcome.Resumed(true));
        }
        Await.until("all completed", () -> rig.worker().stats().completed() == 6);
        assertThat(seen).containsExactlyInAnyOrder("0=\"r\"", "1=\"r\"", "2=\"r\"", "3=\"r\"", "4=\"r\"");
        Await.until("off hand", () -> rig.worker().stats().unsettled() == 0);
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
        Await.until(
                "off hand",
                () -> rig.worker().stats().running() == 0
                        && rig.worker().stats().unsettled() == 0);
        assertThat(rig.worker().stats().failed()).isZero();
        assertThat(rig.sql("select outcome from {awa}.endings_0 order by entry"))
                .containsExactly("h", "w", "c");
        assertThat(id).isNotNull();
    }

    @Test
    void aHandlerThatGivesUpWaitingEndsItsJob() {
        JobId id = rig.enqueue(Rig.NUMBER, 1);
        work(job -> job.registerCallback(LONG)
                .doOnNext(token::set)
                .flatMap(one -> job.awaitCallback(one).timeout(Duration.ofMillis(300)))
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

    /** The time that counts is the one the last heartbeat gave. */
    @Test
    void aHeartbeatMovesTheEndOfTheWait() {
        JobId id = shortWaitExtended();
        assertThat(resume(7)).isEqualTo(new CallbackOutcome.Resumed(true));
        rig.becomes(id, JobState.COMPLETED, false);
        assertThat(seen.stream().map(Object::toString)).containsExactly("7");
    }

    @Test
    void aWaitThatIsCancelledAfterItsFirstTimeIsDisposedAndNotTimedOut() {
        JobId id = shortWaitExtended();
        rig.awa.admin().cancel(id).block(Await.LONG);
        Await.until("disposed", disposed::get);
        Await.until("nothing in hand", () -> rig.worker().stats().running() == 0);
        assertThat(rig.job(id).state()).isEqualTo(JobState.CANCELLED);
        assertThat(seen).isEmpty();
    }

    @Test
    void aWaitThatIsCompletedAfterItsFirstTimeIsDisposedAndNotTimedOut() {
        JobId id = shortWaitExtended();
        assertThat(complete()).isEqualTo(new CallbackOutcome.Completed());
        Await.until("disposed", disposed::get);
        Await.until("nothing in hand", () -> rig.worker().stats().running() == 0);
        assertThat(rig.job(id).state()).isEqualTo(JobState.COMPLETED);
        assertThat(seen).isEmpty();
    }

    /** Rescue tells the worker at once; the handler hears the error all the same. */
    @Test
    void aHandlerHearsThatRescueEndedItsWait() {
        JobId id = rig.enqueue(Rig.NUMBER, 1);
        rig.start(w -> fast(w).handle(
                        Rig.NUMBER,
                        job -> job.registerCallback(Duration.ofMillis(700))
                                .doOnNext(token::set)
                                .flatMap(job::awaitCallback)
                                .doOnError(seen::add)
                                .doOnCancel(() -> disposed.set(true))
                                .thenReturn(Outcome.done()))
                // What is to be looked at before its time has come must not be promoted meanwhile.
                .queue("q", q -> q.backoff(Backoff.fixed(Duration.ofHours(1))))
                .heartbeat(Duration.ofMillis(200))
                .rescue(r -> r.interval(Duration.ofMillis(50)).staleness(Duration.ofSeconds(5))));
        Await.until("ended", () -> !seen.isEmpty() || disposed.get());
        assertThat(seen).singleElement().isInstanceOf(CallbackTimeoutException.class);
        assertThat(rig.job(id).state()).isEqualTo(JobState.RETRYING);
    }

    /** Its handler is gone, and nobody would run it: the drain gives it back with what the callback brought. */
    @Test
    void resumedAfterItsHandlerWasLeftItIsGivenBack() {
        JobId id = rig.enqueue(Rig.NUMBER.maxAttempts(1), 1);
        Sinks.Empty<Void> gate = Sinks.empty();
        Function<ActiveJob<Integer>, Mono<Outcome>> handler = job -> job.args() == 2
                ? gate.asMono().thenReturn(Outcome.done())
                : job.callbackResult()
                        .<Mono<Outcome>>map(result -> Mono.fromRunnable(() -> seen.add(job.attempt() + " " + result)))
                        .orElseGet(() ->
                                wait(job).doOnCancel(() -> disposed.set(true)).thenReturn(Outcome.fail("wrong")));
        work(handler);
        Await.until("parked", () -> rig.worker().stats().parked() == 1);
        rig.enqueue(Rig.NUMBER, 2);
        Await.until("the other one runs", () -> rig.worker().stats().running() == 1);
        CompletableFuture<DrainReport> drained =
                rig.worker().drain(Duration.ofSeconds(30)).toFuture();
        Await.until("left", disposed::get);
        assertThat(resume("x")).isEqualTo(new CallbackOutcome.Resumed(true));
        assertThat(rig.job(id).state()).isEqualTo(JobState.RUNNING);
        gate.tryEmitEmpty().orThrow();
        assertThat(Mono.fromFuture(drained).block(Await.LONG)).matches(DrainReport::clean);
        assertThat(rig.job(id)).matches(v -> v.state() == JobState.SNOOZED && v.attempt() == 0);
        work(handler);
        rig.becomes(id, JobState.COMPLETED, true);
        assertThat(seen).containsExactly("1 \"x\"");
    }

    private JobId shortWaitExtended() {
        JobId id = rig.enqueue(Rig.NUMBER, 1);
        work(job -> job.registerCallback(Duration.ofSeconds(6))
                .doOnNext(token::set)
                .flatMap(job::awaitCallback)
                .doOnNext(seen::add)
                .doOnError(seen::add)
                .doOnCancel(() -> disposed.set(true))
                .thenReturn(Outcome.done()));
        Await.until("parked", () -> rig.worker().stats().parked() == 1);
        assertThat(answer(c -> c.heartbeat(token(), LONG))).isEqualTo(new CallbackOutcome.Extended());
        Await.until(
                "its first time is over",
                () -> rig.number("select count(*) from {awa}.entries_0 where state = 'w'"
                                + " and due_at < clock_timestamp()")
                        == 1);
        return id;
    }
}
