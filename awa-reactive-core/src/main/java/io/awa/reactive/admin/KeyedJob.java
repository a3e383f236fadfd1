package io.awa.reactive.admin;

import io.awa.reactive.job.JobId;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * The job of a unique key: the one that took it last, in whatever state it is. Each action looks for it when it is
 * subscribed to and acts on the job it finds, whose id its outcome names; another one that takes the key meanwhile is
 * left alone. Empty where no job is known to have had the key. Otherwise as the same actions of {@link Admin}.
 */
public interface KeyedJob {

    /** Its id. */
    Mono<JobId> id();

    /** As {@link #cancel(String)}, without a reason. */
    default Mono<CancelOutcome> cancel() {
        return cancel(null);
    }

    /** As {@link Admin#cancel(JobId, String)}. */
    Mono<CancelOutcome> cancel(@Nullable String reason);

    /** As {@link #retry(RetryOptions)}, at once and where it was. */
    default Mono<RetryOutcome> retry() {
        return retry(RetryOptions.now());
    }

    /** As {@link Admin#retry(JobId, RetryOptions)}. */
    Mono<RetryOutcome> retry(RetryOptions options);

    /** As {@link Admin#delete(JobId)}. */
    Mono<DeleteOutcome> delete();

    /** As {@link Admin#move(JobId, Destination)}. */
    Mono<MoveOutcome> move(Destination destination);
}
