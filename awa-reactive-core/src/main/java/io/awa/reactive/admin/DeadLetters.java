package io.awa.reactive.admin;

import io.awa.reactive.job.JobId;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Jobs that failed for good and are kept for an operator to decide. Whether a queue has dead letters is one of its
 * {@link QueueSettings}. A filter's states mean nothing here.
 */
public interface DeadLetters {

    /** Dead letters, newest first. */
    Flux<JobView> list(JobFilter filter);

    /** One dead letter; empty where the job is none. */
    Mono<JobView> get(JobId id);

    /** As {@link Admin#retry(JobId, RetryOptions)}, for dead letters alone. */
    Mono<RetryOutcome> retry(JobId id, RetryOptions options);

    /** Retries whatever the filter finds. */
    Flux<RetryOutcome> retryAll(JobFilter filter, RetryOptions options);

    /** Deletes a dead letter. */
    Mono<DeleteOutcome> purge(JobId id);

    /** Deletes whatever the filter finds. */
    Flux<DeleteOutcome> purgeAll(JobFilter filter);

    /**
     * Makes a failed job a dead letter, whatever its queue does with those.
     *
     * @param reason kept with the job, at most 500 characters; null for {@code manual}
     */
    Mono<MoveOutcome> add(JobId id, @Nullable String reason);

    /** The same for failed jobs that the filter finds. */
    Flux<MoveOutcome> addAll(JobFilter filter, @Nullable String reason);

    /** Makes a dead letter a failed job again, which is kept as long as its queue keeps those. */
    Mono<MoveOutcome> remove(JobId id);
}
