package io.awa.reactive.engine;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * One member's end, to be written.
 *
 * @param claim   the claim
 * @param ordinal the member, from 0
 * @param ending  how it ends
 * @param delay   until a {@link Ending#RETRIED} or {@link Ending#SNOOZED} job is available (null: the queue's backoff, and
 *                at once), or until a {@link Ending#HELD} attempt expires (null: never)
 * @param lease   the name of a {@link Ending#HELD} attempt, never used before
 * @param detail  what the attempt leaves behind
 */
public record Settlement(
        Claim claim,
        int ordinal,
        Ending ending,
        @Nullable Duration delay,
        @Nullable Long lease,
        @Nullable Detail detail) {

    /** Done. */
    public static Settlement completed(Claim claim, int ordinal) {
        return new Settlement(claim, ordinal, Ending.COMPLETED, null, null, null);
    }

    /** An end that needs neither delay nor lease. */
    public static Settlement of(Claim claim, int ordinal, Ending ending, @Nullable Detail detail) {
        return new Settlement(claim, ordinal, ending, null, null, detail);
    }

    /** A job that comes back. */
    public static Settlement later(
            Claim claim, int ordinal, Ending ending, @Nullable Duration delay, @Nullable Detail detail) {
        return new Settlement(claim, ordinal, ending, delay, null, detail);
    }

    /** An attempt that goes on in the store. */
    public static Settlement held(Claim claim, int ordinal, long lease, @Nullable Duration expires) {
        return new Settlement(claim, ordinal, Ending.HELD, expires, lease, null);
    }
}
