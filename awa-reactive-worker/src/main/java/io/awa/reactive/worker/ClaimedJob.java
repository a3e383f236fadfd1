package io.awa.reactive.worker;

import io.awa.reactive.callback.CallbackToken;
import io.awa.reactive.engine.Engine;
import io.awa.reactive.job.Job;
import io.awa.reactive.job.JobType;
import java.time.Duration;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * A job in the hands of a subscriber of {@link RunningWorker#claims}. It is the subscriber's until it is settled: beats
 * protect it as long as the worker runs, its deadline ends it, and nobody else gets it meanwhile.
 *
 * <p><b>Settling.</b> A job is settled once, by whatever settle is subscribed first; every later one writes nothing and
 * answers {@link Settled#STALE}. Each of these Monos
 *
 * <ul>
 *   <li>does its work once, when it is first subscribed; later subscribers get the same answer;
 *   <li>answers when the end is durable, on the driver's event loop: do not block there. Ends of many jobs share a
 *       statement;
 *   <li>goes on when it is cancelled. A lost answer is asked for until the database has decided, so an outage is neither
 *       an error nor {@code STALE};
 *   <li>ends with an {@link io.awa.reactive.AwaValidationException} where a follow-up is refused: the job is not settled
 *       then, and can be otherwise. With another error of the database where that refuses the end for its content, or
 *       where the worker was closed before it was written: then the job is left to rescue.
 * </ul>
 *
 * @param <T> the class of the arguments
 */
public final class ClaimedJob<T> extends ActiveJob<T> {

    private final JobStream<T> stream;
    private final Member member;
    private final Sinks.One<Settled> decision = Sinks.one();
    private final Sinks.Empty<Void> lost = Sinks.empty();
    private volatile boolean byCaller;

    ClaimedJob(Member member, JobType<T> type, String json, Engine engine, Attempt attempt, JobStream<T> stream) {
        super(member.claim(), member.ordinal(), type, stream.queue(), json, engine, attempt);
        this.stream = stream;
        this.member = member;
    }

    /** The job is done; the follow-ups are stored with its end. */
    public Mono<Settled> complete(Job<?>... followUps) {
        return settle(Outcome.done().followedBy(followUps));
    }

    /** As {@link Outcome#retry(Throwable)}. */
    public Mono<Settled> retry(Throwable error) {
        return settle(Outcome.retry(error));
    }

    /** As {@link Outcome#retry(String)}. */
    public Mono<Settled> retry(String reason) {
        return settle(Outcome.retry(reason));
    }

    /** As {@link Outcome#retryAfter}. */
    public Mono<Settled> retryAfter(Duration delay, String reason) {
        return settle(Outcome.retryAfter(delay, reason));
    }

    /** As {@link Outcome#snooze}. */
    public Mono<Settled> snooze(Duration delay) {
        return settle(Outcome.snooze(delay));
    }

    /** As {@link Outcome#fail(Throwable)}. */
    public Mono<Settled> fail(Throwable error) {
        return settle(Outcome.fail(error));
    }

    /** As {@link Outcome#fail(String)}. */
    public Mono<Settled> fail(String reason) {
        return settle(Outcome.fail(reason));
    }

    /** As {@link Outcome#cancel}. */
    public Mono<Settled> cancel(String reason) {
        return settle(Outcome.cancel(reason));
    }

    /** As {@link Outcome#deadLetter}. */
    public Mono<Settled> deadLetter(String reason) {
        return settle(Outcome.deadLetter(reason));
    }

    /** As {@link Outcome#waitForCallback}: accepted when the wait is durable. */
    public Mono<Settled> waitForCallback(CallbackToken token) {
        return settle(Outcome.waitForCallback(token));
    }

    /** Ends the job as a handler's outcome would, follow-ups included. */
    public Mono<Settled> settle(Outcome outcome) {
        return Mono.defer(() -> stream.settle(this, outcome)).cache();
    }

    /**
     * Does work and settles by its outcome, with a handler's rules: empty means done, an error means to be tried again, a
     * {@link TerminalJobException} failed for good. If the job is {@link #lost()} the work is cancelled, and the answer is
     * {@code STALE}. Other than the settles this is done by each subscriber, and cancelling it cancels the work and
     * {@linkplain #release() releases} the job.
     */
    public Mono<Settled> settleBy(Mono<Outcome> work) {
        return work.defaultIfEmpty(Outcome.done())
                .onErrorResume(error -> Mono.just(End.of(error)))
                .takeUntilOther(lost())
                .flatMap(this::settle)
                .defaultIfEmpty(Settled.STALE)
                .doOnCancel(() -> release().onErrorComplete().subscribe());
    }

    /**
     * Gives the job back as if it had not been claimed: to its place, with its attempt. One that is held comes back at the
     * end of its lane. What operators discard goes back by {@code doOnDiscard(ClaimedJob.class, job ->
     * job.release().subscribe())}.
     */
    public Mono<Settled> release() {
        return Mono.defer(() -> stream.release(this)).cache();
    }

    /**
     * Completes when somebody else has ended the attempt: it was cancelled, its deadline came, the worker gave it back at
     * the end of its drain. Stop working on it then. Never completes for a job that was settled first. On any thread.
     */
    public Mono<Void> lost() {
        return lost.asMono();
    }

    /** What a settle means that comes after the end: "done" is right where that was in a transaction of the caller. */
    Mono<Settled> afterwards(Outcome outcome) {
        return byCaller
                        && outcome instanceof Outcome.Done done
                        && done.followUps().isEmpty()
                ? decision()
                : Mono.just(Settled.STALE);
    }

    Mono<Settled> decision() {
        return decision.asMono();
    }

    Member member() {
        return member;
    }

    void isLost() {
        lost.tryEmitEmpty();
    }

    @Override
    void isCompletedByCaller() {
        byCaller = true;
    }

    @Override
    void decided(boolean accepted) {
        decision.tryEmitValue(Settled.of(accepted));
    }

    @Override
    void undecided(Throwable error) {
        decision.tryEmitError(error);
    }
}
