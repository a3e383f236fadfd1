package io.awa.reactive.worker;

import io.awa.reactive.AwaPayloadException;
import io.awa.reactive.callback.CallbackToken;
import io.awa.reactive.engine.Claim;
import io.awa.reactive.engine.Detail;
import io.awa.reactive.engine.Ending;
import io.awa.reactive.engine.FollowUps;
import io.awa.reactive.engine.HeldEnd;
import io.awa.reactive.engine.Progress;
import io.awa.reactive.engine.Settlement;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import reactor.core.Exceptions;

/**
 * What is written of an attempt's end.
 *
 * @param ending    how
 * @param delay     until it comes back, or its wait is over; null: the queue's backoff
 * @param detail    what it leaves behind
 * @param outcome   what the handler said, or what became of that
 * @param followUps jobs stored with it
 */
record End(
        Ending ending,
        @Nullable Duration delay,
        @Nullable Detail detail,
        Outcome outcome,
        @Nullable FollowUps followUps) {

    static final String EXHAUSTED = "max_attempts_exhausted";

    private static final Outcome NOT_NOW = Outcome.snooze(Duration.ZERO);

    /** Of an attempt that is cut short and does not count. */
    static End givenBack() {
        return new End(Ending.SNOOZED, Duration.ZERO, null, NOT_NOW, null);
    }

    /** What a handler means that ends with an error. */
    static Outcome of(Throwable thrown) {
        Throwable error = Exceptions.unwrap(thrown);
        if (error instanceof AwaPayloadException) {
            return new Outcome.Fail(Failure.of(error), "undecodable_payload", List.of());
        }
        return error instanceof TerminalJobException ? Outcome.fail(error) : Outcome.retry(error);
    }

    /**
     * What is to be written of an outcome.
     *
     * @param wait the callback that the attempt may wait for, if any
     */
    static End of(
            Outcome outcome,
            Claim claim,
            int ordinal,
            @Nullable Backoff backoff,
            @Nullable Wait wait,
            @Nullable FollowUps followUps) {
        if (outcome instanceof Outcome.Done) {
            return new End(Ending.COMPLETED, null, null, outcome, followUps);
        } else if (outcome instanceof Outcome.Retry retry) {
            int attempt = claim.attempt(ordinal);
            return attempt >= claim.maxAttempts(ordinal)
                    ? failed(new Outcome.Fail(retry.failure(), EXHAUSTED, retry.followUps()), followUps)
                    : new End(
                            Ending.RETRIED, delay(retry, attempt, backoff), error(retry.failure()), outcome, followUps);
        } else if (outcome instanceof Outcome.Snooze snooze) {
            return new End(Ending.SNOOZED, snooze.delay(), null, outcome, followUps);
        } else if (outcome instanceof Outcome.Fail fail) {
            return failed(fail, followUps);
        } else if (outcome instanceof Outcome.Cancel cancel) {
            return new End(Ending.CANCELLED, null, Detail.of(cancel.reason()), outcome, followUps);
        } else if (outcome instanceof Outcome.DeadLetter dead) {
            return new End(Ending.DEAD, null, Detail.of(dead.reason()), outcome, followUps);
        } else if (outcome instanceof Outcome.WaitForCallback parked) {
            return wait != null && wait.token().equals(parked.token())
                    ? new End(Ending.PARKED, wait.remaining(), Detail.parked(), outcome, followUps)
                    : failed(
                            new Outcome.Fail(
                                    new Failure(null, "the callback is not the last one this attempt has registered"),
                                    Outcome.Fail.TERMINAL,
                                    outcome.followUps()),
                            followUps);
        }
        throw new IllegalArgumentException("an outcome of " + outcome.getClass());
    }

    /** Of an attempt that has used up its time. */
    static End late(Claim claim, int ordinal, @Nullable Backoff backoff) {
        Outcome.Retry retry = new Outcome.Retry(new Failure(null, "deadline exceeded"), null, List.of());
        return claim.attempt(ordinal) >= claim.maxAttempts(ordinal)
                ? failed(new Outcome.Fail(retry.failure(), "deadline_exhausted", List.of()), null)
                : of(retry, claim, ordinal, backoff, null, null);
    }

    boolean isGivenBack() {
        return outcome == NOT_NOW;
    }

    /** The same with progress that is not written yet; what is completed needs none. */
    End leaving(@Nullable Progress progress) {
        return progress == null || ending == Ending.COMPLETED
                ? this
                : new End(
                        ending,
                        delay,
                        detail == null ? Detail.none().progress(progress) : detail.progress(progress),
                        outcome,
                        followUps);
    }

    Settlement byClaim(Member job) {
        return ending == Ending.COMPLETED
                ? Settlement.completed(job.claim(), job.ordinal())
                : Settlement.later(job.claim(), job.ordinal(), ending, delay, detail);
    }

    HeldEnd byLease(long lease) {
        return new HeldEnd(lease, ending, delay, detail, followUps);
    }

    private static End failed(Outcome.Fail fail, @Nullable FollowUps followUps) {
        return new End(Ending.FAILED, null, error(fail.failure()).reason(fail.reason()), fail, followUps);
    }

    private static Detail error(Failure failure) {
        return Detail.error(failure.type(), failure.message());
    }

    private static @Nullable Duration delay(Outcome.Retry retry, int attempt, @Nullable Backoff backoff) {
        if (retry.delay() != null || backoff == null) {
            return retry.delay();
        }
        try {
            Duration asked = backoff.delay(attempt);
            return asked.isNegative()
                    ? Duration.ZERO
                    : asked.compareTo(FollowUpJobs.LONGEST) > 0 ? FollowUpJobs.LONGEST : asked;
        } catch (RuntimeException e) {
            // An application's own formula: the queue's backoff stands in for one that fails.
            return null;
        }
    }

    /**
     * A callback that an attempt has registered.
     *
     * @param token names it
     * @param until when its time is over, on the clock of {@link System#nanoTime()}
     */
    record Wait(CallbackToken token, long until) {

        Duration remaining() {
            return Duration.ofNanos(Math.max(0, until - System.nanoTime()));
        }
    }
}
