package io.awa.reactive.worker.maintenance;

import io.awa.reactive.engine.LockHolder;
import io.awa.reactive.engine.MaintenanceOutcome;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What maintenance did, or why it did nothing. {@code docs/operations/signals.md} says what each means and what to do.
 *
 * <p>Every signal has the epoch of the leader it comes from (0: the step needs no lead, or nobody leads here) and when it
 * came, by this process's clock.
 */
public sealed interface MaintenanceSignal {

    /** The leader's epoch; 0 for none. */
    long epoch();

    /** When it came, by this process's clock. */
    Instant at();

    /**
     * A step came to its outcome.
     *
     * @param step      which
     * @param epoch     of the leader; 0 for a rotation that was asked for, which needs none
     * @param at        when it ended
     * @param took      how long it took, with its round trips
     * @param number    of the segment or store; 0 where it is about none
     * @param outcome   the step's own sealed type
     * @param escalated whether it was one that waits a moment for its locks
     * @param holders   who holds the locks it was refused, the longest transaction first; some of them at most, and none
     *                  where the outcome is not {@code Blocked}, or they were gone already
     */
    record Stepped(
            Step step,
            long epoch,
            Instant at,
            Duration took,
            long number,
            MaintenanceOutcome outcome,
            boolean escalated,
            List<LockHolder> holders)
            implements MaintenanceSignal {

        /** The outcome's name, one of a few: {@code Pruned}, {@code Blocked}, {@code Idle} and so on. */
        public String result() {
            return outcome.getClass().getSimpleName();
        }
    }

    /**
     * A step or a whole pass met an error that is no outcome. The loop goes on with its next pass.
     *
     * @param loop  which
     * @param step  the step, where it alone failed; null where it ended the pass
     * @param epoch of the leader
     * @param at    when
     * @param error what the database or the connection said
     */
    record Failed(Loop loop, @Nullable Step step, long epoch, Instant at, Throwable error)
            implements MaintenanceSignal {}

    /**
     * This process leads from now on.
     *
     * @param epoch the new epoch
     * @param at    when
     */
    record LeadTaken(long epoch, Instant at) implements MaintenanceSignal {}

    /**
     * This process leads no more: another one does, or its session was lost.
     *
     * @param epoch    the one that is over
     * @param at       when this process learned it
     * @param followed the epoch that leads now
     */
    record LeadLost(long epoch, Instant at, long followed) implements MaintenanceSignal {}

    /**
     * A loop cannot keep its pace: three passes running took longer than one and a half of its intervals.
     *
     * @param loop     which
     * @param epoch    of the leader
     * @param at       when
     * @param interval its pause
     * @param took     the last pass
     */
    record Overrun(Loop loop, long epoch, Instant at, Duration interval, Duration took) implements MaintenanceSignal {}

    /**
     * A loop that could not keep its pace does so again: three passes running took less than 0.7 of its interval.
     *
     * @param loop  which
     * @param epoch of the leader
     * @param at    when
     */
    record Recovered(Loop loop, long epoch, Instant at) implements MaintenanceSignal {}

    /**
     * Who holds the database's horizon back: no vacuum removes what died after the oldest transaction, slot or standby of
     * these began to look. Jobs are not harmed by it, the rest of the database is.
     *
     * @param epoch of the leader
     * @param at    when
     * @param xids  how many transactions the horizon lies back
     * @param pins  who holds it, the oldest first; some of them at most
     */
    record Horizon(long epoch, Instant at, long xids, List<LockHolder> pins) implements MaintenanceSignal {}

    /**
     * This subscriber was too slow, and has not got so many signals that came here.
     *
     * @param epoch of the first that was left out
     * @param at    when that came
     * @param count how many
     */
    record Missed(long epoch, Instant at, long count) implements MaintenanceSignal {}
}
