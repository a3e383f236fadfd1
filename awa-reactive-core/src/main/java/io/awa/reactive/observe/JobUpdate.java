package io.awa.reactive.observe;

import io.awa.reactive.admin.JobState;
import io.awa.reactive.job.JobId;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** What {@link io.awa.reactive.Awa#observe} tells of a job. Times are the database's. */
public sealed interface JobUpdate {

    /** The job. */
    JobId job();

    /**
     * Where this stands in the job's life: an observer that begins {@link ObserveOptions#after after} it gets what comes
     * behind. Letters, digits, dots and minus signs, at most 120 of them; good as the id of a Server-Sent Event.
     */
    String cursor();

    /** Whether the job has come to rest, or is known no more: nothing follows by itself. */
    boolean isEnd();

    /**
     * It came into a state.
     *
     * @param job      its id
     * @param state    the state; {@link JobState#RUNNING} from its claim on
     * @param at       since when; of an available job since when it could be claimed
     * @param queue    its queue
     * @param priority 1 (highest) to 4
     * @param attempt  attempts begun
     * @param worker   the process that runs or ran the attempt; null where there is none, or it is not known
     * @param dueAt    when a scheduled, retrying or snoozed job becomes available, and when a wait for a callback is over;
     *                 null otherwise
     * @param error    its last error; null where it had none
     * @param reason   why it ended as it did; null before, and where nobody said
     * @param progress what it reported last, as a JSON object; null where nothing
     * @param gap      states between the one told before, or the cursor, and this one may be missing: what was stored of them
     *                 was given back in between
     * @param cursor   where this stands
     */
    record Reached(
            JobId job,
            JobState state,
            Instant at,
            String queue,
            int priority,
            int attempt,
            @Nullable Integer worker,
            @Nullable Instant dueAt,
            @Nullable String error,
            @Nullable String reason,
            @Nullable String progress,
            boolean gap,
            String cursor)
            implements JobUpdate {

        @Override
        public boolean isEnd() {
            return switch (state) {
                case COMPLETED, FAILED, DEAD, CANCELLED -> true;
                default -> false;
            };
        }
    }

    /**
     * Its attempt has reported how far it is, durably. Of more than twenty reports of an attempt between two looks the newest are
     * told.
     *
     * @param job      its id
     * @param at       when
     * @param attempt  the attempt
     * @param progress all it has reported, as a JSON object
     * @param cursor   where this stands
     */
    record Progressed(JobId job, Instant at, int attempt, String progress, String cursor) implements JobUpdate {

        @Override
        public boolean isEnd() {
            return false;
        }
    }

    /**
     * It is known no more: it was deleted, or its end was forgotten after its retention, or it was never stored. The last
     * thing that is told.
     *
     * @param job     its id
     * @param deleted whether it is known that somebody deleted it
     * @param cursor  where this stands
     */
    record Gone(JobId job, boolean deleted, String cursor) implements JobUpdate {

        @Override
        public boolean isEnd() {
            return true;
        }
    }
}
