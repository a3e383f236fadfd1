package io.awa.reactive.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.awa.reactive.admin.JobState;
import io.awa.reactive.admin.JobView;
import io.awa.reactive.job.JobId;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.reactivestreams.Subscription;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * Handlers that break the rules while they run or when they are cancelled: each has one stated result, and gives its slot
 * back. The table of docs/guide/worker.md; those of assembly are in {@link HandlersTest} and {@link FatalHandlerTest}.
 */
@Timeout(90)
class MisbehaviourTest {

    private static final Duration DEADLINE = Duration.ofSeconds(3);

    private final Rig rig = new Rig();
    private final CountDownLatch freed = new CountDownLatch(1);
    private final AtomicInteger cancelled = new AtomicInteger();

    @AfterEach
    void close() {
        freed.countDown();
        rig.close();
    }

    @Test
    void ofSeveralOutcomesTheFirstCounts() {
        JobId id = run(Mono.fromDirect(Flux.just(Outcome.fail("first"), Outcome.done())));
        assertThat(ended(id, JobState.FAILED).error()).isEqualTo("first");
    }

    @Test
    void whatComesAfterTheEndIsDropped() {
        JobId id = run(Mono.fromDirect(subscriber -> {
            subscriber.onSubscribe(new Nothing());
            subscriber.onNext(Outcome.done());
            subscriber.onNext(Outcome.fail("late"));
            subscriber.onComplete();
            subscriber.onError(new IllegalStateException("later still"));
            subscriber.onComplete();
        }));
        ended(id, JobState.COMPLETED);
    }

    @Test
    void anErrorAfterTheCancelIsDropped() {
        JobId id = run(Mono.create(sink -> sink.onCancel(() -> {
            cancelled.incrementAndGet();
            sink.error(new IllegalStateException("after the cancel"));
        })));
        assertThat(ended(id, JobState.RETRYING).error()).isEqualTo("deadline exceeded");
        Await.until("cancelled", () -> cancelled.get() == 1);
    }

    @Test
    void aHandlerThatCancelsItselfNeverEndsAndMeetsItsDeadline() {
        JobId id = run(Mono.<Outcome>never().doOnSubscribe(Subscription::cancel));
        assertThat(ended(id, JobState.RETRYING).error()).isEqualTo("deadline exceeded");
    }

    @Test
    void anErrorThrownInTheCancelHurtsNobody() {
        JobId id = run(Mono.<Outcome>never().doOnCancel(() -> {
            cancelled.incrementAndGet();
            throw new IllegalStateException("in the cancel");
        }));
        ended(id, JobState.RETRYING);
        Await.until("cancelled", () -> cancelled.get() == 1);
        // The next one's deadline is looked after as before.
        assertThat(rig.becomes(rig.enqueue(Rig.NUMBER.deadline(DEADLINE), 1), JobState.RETRYING, false)
                        .error())
                .isEqualTo("deadline exceeded");
    }

    /** Its slot is back after the grace, and the deadlines and cancels of others come through. */
    @Test
    void aHandlerThatHangsInItsCancelKeepsOneThreadAndNoSlot() {
        JobId id = run(Mono.<Outcome>never().doOnCancel(() -> {
            cancelled.incrementAndGet();
            hang();
        }));
        ended(id, JobState.RETRYING);
        Await.until("hangs", () -> cancelled.get() == 1);
        JobId second = rig.enqueue(Rig.NUMBER, 1);
        Await.until("runs", () -> rig.worker().stats().running() == 1);
        rig.awa.admin().cancel(second).block(Await.LONG);
        Await.until("slots are back", () -> rig.worker().stats().running() == 0);
        assertThat(rig.job(second).state()).isEqualTo(JobState.CANCELLED);
    }

    @Test
    void aHandlerThatBlocksItsThreadLosesItsJobAtTheDeadlineAndGivesItsSlotBack() {
        assumeFalse(BlockHoundTest.isInstalled(), "BlockHound ends such a handler before the worker does");
        rig.start(w -> settings(w).handle(Rig.NUMBER, job -> {
            if (job.args() == 0) {
                hang();
            }
            return Mono.empty();
        }));
        JobId id = rig.enqueue(Rig.NUMBER.deadline(DEADLINE), 0);
        JobId other = rig.enqueue(Rig.NUMBER, 1);
        assertThat(ended(id, JobState.RETRYING).error()).isEqualTo("deadline exceeded");
        ended(other, JobState.COMPLETED);
        freed.countDown();
        assertThat(rig.worker().stats()).matches(s -> s.retried() == 1 && s.completed() == 1 && s.stale() == 0);
    }

    @Test
    void aFatalErrorIsTheJobsEndAndTheWorkerGoesOn() {
        rig.start(w -> settings(w).handle(Rig.NUMBER, job -> switch (job.args()) {
            case 0 -> throw new OutOfMemoryError("thrown by a test");
            case 1 ->
                Mono.fromRunnable(() -> {
                    throw new InternalError("when subscribed, by a test");
                });
            default -> Mono.empty();
        }));
        JobId first = rig.enqueue(Rig.NUMBER, 0);
        JobId second = rig.enqueue(Rig.NUMBER, 1);
        JobId third = rig.enqueue(Rig.NUMBER, 2);
        assertThat(ended(first, JobState.RETRYING).error()).contains("OutOfMemoryError");
        assertThat(ended(second, JobState.RETRYING).error()).contains("InternalError");
        ended(third, JobState.COMPLETED);
    }

    /** On a thread of its own Reactor throws it there, and nobody hears of it but the deadline. */
    @Test
    void aFatalErrorElsewhereMeetsTheDeadline() {
        var elsewhere = Schedulers.newSingle(runnable -> {
            Thread thread = new Thread(runnable, "elsewhere");
            thread.setDaemon(true);
            thread.setUncaughtExceptionHandler((t, error) -> cancelled.incrementAndGet());
            return thread;
        });
        JobId id = run(Mono.<Outcome>fromRunnable(() -> {
                    throw new InternalError("elsewhere, by a test");
                })
                .subscribeOn(elsewhere));
        assertThat(ended(id, JobState.RETRYING).error()).isEqualTo("deadline exceeded");
        elsewhere.dispose();
    }

    @Test
    void aCallableThatAnswersNullIsEmpty() {
        ended(run(Mono.fromCallable(() -> null)), JobState.COMPLETED);
    }

    private AwaWorkerBuilder settings(AwaWorkerBuilder worker) {
        return worker.withoutMaintenance()
                .attempts(a -> a.grace(Duration.ofMillis(100)))
                .queue("q", q -> q.workers(2));
    }

    private JobId run(Mono<Outcome> handler) {
        rig.start(w -> settings(w).handle(Rig.NUMBER, job -> handler));
        return rig.enqueue(Rig.NUMBER.deadline(DEADLINE), 0);
    }

    private JobView ended(JobId id, JobState state) {
        JobView view = rig.becomes(id, state, false);
        Await.until("its slot is back", () -> rig.worker().stats().unsettled() == 0);
        return view;
    }

    private void hang() {
        while (freed.getCount() > 0) {
            LockSupport.parkNanos(1_000_000);
        }
    }

    private static final class Nothing implements Subscription {

        @Override
        public void request(long n) {
            // it goes on as it likes
        }

        @Override
        public void cancel() {
            // nor does this stop it
        }
    }
}
