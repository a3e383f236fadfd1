package io.awa.reactive.worker;

import io.awa.reactive.engine.Ending;
import io.awa.reactive.engine.FollowUps;
import io.awa.reactive.engine.HeldEnd;
import io.awa.reactive.engine.Settlement;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What is to be written of an attempt. Of settlement and held there is one.
 *
 * @param settlement an end or a hold of a claim's member
 * @param held       an end of a held attempt
 * @param followUps  jobs stored with it
 * @param runner     who waits for the answer
 * @param attempt    told where it stands, where that is not an end
 * @param job        the job; null where there is no handler for it
 * @param outcome    what the handler said; null where it said nothing
 */
record Ended(
        @Nullable Settlement settlement,
        @Nullable HeldEnd held,
        @Nullable FollowUps followUps,
        AttemptOwner runner,
        @Nullable Attempt attempt,
        @Nullable ActiveJob<?> job,
        @Nullable Outcome outcome) {

    /** The attempt leaves its segment for the store. */
    static Ended hold(Settlement held, AttemptOwner runner, Attempt attempt) {
        return new Ended(held, null, null, runner, attempt, attempt.job(), null);
    }

    /** The attempt waits for a callback. */
    static Ended park(HeldEnd park, AttemptOwner runner, Attempt attempt) {
        return new Ended(null, park, null, runner, attempt, attempt.job(), null);
    }

    /** A job that no handler is known for. */
    static Ended stranger(Settlement settlement, AttemptOwner runner) {
        return new Ended(settlement, null, null, runner, null, null, null);
    }

    Ending ending() {
        return held != null ? held.ending() : byClaim().ending();
    }

    boolean isHold() {
        return ending() == Ending.HELD;
    }

    Settlement byClaim() {
        return Objects.requireNonNull(settlement);
    }

    HeldEnd byLease() {
        return Objects.requireNonNull(held);
    }
}
