package io.awa.reactive.internal.admin;

import io.awa.reactive.admin.Admin;
import io.awa.reactive.admin.CancelOutcome;
import io.awa.reactive.admin.DeleteOutcome;
import io.awa.reactive.admin.Destination;
import io.awa.reactive.admin.KeyedJob;
import io.awa.reactive.admin.MoveOutcome;
import io.awa.reactive.admin.RetryOptions;
import io.awa.reactive.admin.RetryOutcome;
import io.awa.reactive.job.JobId;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** Looks for the job first, and acts on it by its id. */
record FoundByKey(Admin admin, Mono<JobId> id) implements KeyedJob {

    @Override
    public Mono<CancelOutcome> cancel(@Nullable String reason) {
        return id.flatMap(found -> admin.cancel(found, reason));
    }

    @Override
    public Mono<RetryOutcome> retry(RetryOptions options) {
        return id.flatMap(found -> admin.retry(found, options));
    }

    @Override
    public Mono<DeleteOutcome> delete() {
        return id.flatMap(admin::delete);
    }

    @Override
    public Mono<MoveOutcome> move(Destination destination) {
        return id.flatMap(found -> admin.move(found, destination));
    }
}
