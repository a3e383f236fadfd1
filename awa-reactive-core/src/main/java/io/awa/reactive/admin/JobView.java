package io.awa.reactive.admin;

import io.awa.reactive.job.JobId;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A job as it stood at one moment. Times are the database's.
 *
 * @param id          its id
 * @param state       where it stands
 * @param queue       its queue
 * @param priority    1 (highest) to 4
 * @param kind        its kind
 * @param attempt     attempts begun
 * @param maxAttempts attempts allowed
 * @param availableAt when it could first be claimed in the place where it is
 * @param dueAt       when a scheduled, retrying or snoozed job becomes available, and when a held or waiting attempt
 *                    expires; null otherwise
 * @param claimedAt   when its last claim was made; null before, and where only the store still knows the job
 * @param endedAt     when it ended; null before
 * @param worker      the process that runs or ran its last known attempt; null where none did, or none is known
 * @param error       its last error; null where it had none
 * @param reason      why it ended as it did; null before, and where nobody said
 * @param progress    what its attempt reported last, as a JSON object; null where nothing
 * @param args        arguments as JSON
 * @param extras      tags, metadata, earlier errors, key and mask of a unique job as a JSON object; null when there are none
 */
public record JobView(
        JobId id,
        JobState state,
        String queue,
        int priority,
        String kind,
        int attempt,
        int maxAttempts,
        Instant availableAt,
        @Nullable Instant dueAt,
        @Nullable Instant claimedAt,
        @Nullable Instant endedAt,
        @Nullable Integer worker,
        @Nullable String error,
        @Nullable String reason,
        @Nullable String progress,
        String args,
        @Nullable String extras) {}
