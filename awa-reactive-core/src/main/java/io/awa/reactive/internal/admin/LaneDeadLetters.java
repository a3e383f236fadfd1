package io.awa.reactive.internal.admin;

import io.awa.reactive.admin.DeadLetters;
import io.awa.reactive.admin.DeleteOutcome;
import io.awa.reactive.admin.JobFilter;
import io.awa.reactive.admin.JobState;
import io.awa.reactive.admin.JobView;
import io.awa.reactive.admin.MoveOutcome;
import io.awa.reactive.admin.RetryOptions;
import io.awa.reactive.admin.RetryOutcome;
import io.awa.reactive.job.JobId;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Dead letters: the same actions, from one state alone. */
final class LaneDeadLetters implements DeadLetters {

    private static final String DEAD = "d";

    private final Reads reads;
    private final Actions actions;

    LaneDeadLetters(Reads reads, Actions actions) {
        this.reads = reads;
        this.actions = actions;
    }

    @Override
    public Flux<JobView> list(JobFilter filter) {
        return reads.jobs(filter.states(JobState.DEAD));
    }

    @Override
    public Mono<JobView> get(JobId id) {
        return reads.job(id).filter(job -> job.state() == JobState.DEAD);
    }

    @Override
    public Mono<RetryOutcome> retry(JobId id, RetryOptions options) {
        return actions.one("retry", id, Words.from(Words.retry(options), DEAD)).map(Acted::retried);
    }

    @Override
    public Flux<RetryOutcome> retryAll(JobFilter filter, RetryOptions options) {
        return actions.all("retry", filter.states(JobState.DEAD), Words.from(Words.retry(options), DEAD))
                .map(Acted::retried);
    }

    @Override
    public Mono<DeleteOutcome> purge(JobId id) {
        return actions.one("delete", id, Words.from(Words.none(), DEAD)).map(Acted::deleted);
    }

    @Override
    public Flux<DeleteOutcome> purgeAll(JobFilter filter) {
        return actions.all("delete", filter.states(JobState.DEAD), Words.from(Words.none(), DEAD))
                .map(Acted::deleted);
    }

    @Override
    public Mono<MoveOutcome> add(JobId id, @Nullable String reason) {
        return actions.one("bury", id, Words.reason(reason)).map(Acted::moved);
    }

    @Override
    public Flux<MoveOutcome> addAll(JobFilter filter, @Nullable String reason) {
        return actions.all("bury", filter.states(JobState.FAILED), Words.reason(reason))
                .map(Acted::moved);
    }

    @Override
    public Mono<MoveOutcome> remove(JobId id) {
        return actions.one("exhume", id, Words.none()).map(Acted::moved);
    }
}
