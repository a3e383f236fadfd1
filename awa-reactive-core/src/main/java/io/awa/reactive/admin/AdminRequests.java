package io.awa.reactive.admin;

import io.awa.reactive.job.Job;
import io.awa.reactive.job.JobId;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Actions inside the caller's transaction, at any isolation level. Each Mono ends when the request stands in the
 * transaction; a worker process applies it right after the commit, exactly once. What it then meets decides: a request to
 * cancel a job that ended meanwhile changes nothing.
 */
public interface AdminRequests {

    /** As {@link Admin#cancel(JobId, String)}. */
    Mono<RequestId> cancel(JobId id, @Nullable String reason);

    /** Requests for the job that holds a unique key when they are applied. */
    KeyedRequests keyed(UUID key);

    /**
     * The same by the key that a job would ask for if it were enqueued now; see {@link Admin#keyed(Job)}.
     *
     * @throws io.awa.reactive.AwaValidationException if the job is not unique, or its arguments are refused
     */
    KeyedRequests keyed(Job<?> job);

    /** As {@link Admin#cancelAll}. */
    Mono<RequestId> cancelAll(JobFilter filter, @Nullable String reason);

    /** As {@link Admin#retry(JobId, RetryOptions)}. */
    Mono<RequestId> retry(JobId id, RetryOptions options);

    /** As {@link Admin#retryAll}. */
    Mono<RequestId> retryAll(JobFilter filter, RetryOptions options);

    /** As {@link Admin#delete}. */
    Mono<RequestId> delete(JobId id);

    /** As {@link Admin#deleteAll}. */
    Mono<RequestId> deleteAll(JobFilter filter);

    /** As {@link Admin#move}. */
    Mono<RequestId> move(JobId id, Destination destination);

    /** As {@link Admin#moveAll}. */
    Mono<RequestId> moveAll(JobFilter filter, Destination destination);
}
