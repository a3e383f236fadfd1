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
 * @param availableAt when it could first be claimed
 * @param claimedAt   when its last claim was made; null before, and for a failed job whose segment is gone
 * @param endedAt     when it ended; null before
 * @param error       why it failed; null otherwise
 * @param args        arguments as JSON
 * @param extras      tags and metadata as a JSON object; null when there are none
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
        @Nullable Instant claimedAt,
        @Nullable Instant endedAt,
        @Nullable String error,
        String args,
        @Nullable String extras) {}
