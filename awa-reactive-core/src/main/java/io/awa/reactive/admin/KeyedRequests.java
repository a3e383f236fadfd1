package io.awa.reactive.admin;

import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Requests for the job that holds a unique key when they are applied, which need not be the one that holds it now. Where
 * none does, they are applied and change nothing. Otherwise as {@link AdminRequests}.
 */
public interface KeyedRequests {

    /** As {@link AdminRequests#cancel}. */
    Mono<RequestId> cancel(@Nullable String reason);

    /** As {@link AdminRequests#retry}. */
    Mono<RequestId> retry(RetryOptions options);

    /** As {@link AdminRequests#delete}. */
    Mono<RequestId> delete();

    /** As {@link AdminRequests#move}. */
    Mono<RequestId> move(Destination destination);
}
