package io.awa.reactive.observation;

import io.awa.reactive.AwaPayloadException;
import io.awa.reactive.worker.ActiveJob;
import io.awa.reactive.worker.Outcome;
import io.awa.reactive.worker.TerminalJobException;
import io.micrometer.observation.Observation;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import reactor.core.Exceptions;
import reactor.core.publisher.Mono;
import reactor.util.context.ContextView;

/** One attempt of a handler. */
final class ExecuteWatch extends Watch<Outcome> {

    private final AwaObservation owner;
    private final ActiveJob<?> job;

    private ExecuteWatch(AwaObservation owner, Observation observation, ExecuteContext context, Mono<Outcome> handler) {
        super(observation, handler, context::ended);
        this.owner = owner;
        this.job = context.job();
    }

    static @Nullable Watch<Outcome> begin(
            AwaObservation owner, ContextView outside, ActiveJob<?> job, Mono<Outcome> handler) {
        ExecuteContext context = context(owner, job);
        Observation observation =
                Starting.start(owner.registry(), JobObservation.EXECUTE, ExecuteConvention.DEFAULT, context, outside);
        return observation == null ? null : new ExecuteWatch(owner, observation, context, handler);
    }

    static ExecuteContext context(AwaObservation owner, ActiveJob<?> job) {
        return new ExecuteContext(job, owner.queue(job.queue()), owner.kind(job.kind()));
    }

    @Override
    Outcome seen(Outcome outcome) {
        AttemptFailedException error = null;
        if (outcome instanceof Outcome.Done) {
            ended("completed");
        } else if (outcome instanceof Outcome.Retry retry) {
            ended(isLast() ? "failed" : "retried");
            error = new AttemptFailedException(retry.failure().toString());
        } else if (outcome instanceof Outcome.Snooze) {
            ended("snoozed");
        } else if (outcome instanceof Outcome.Fail fail) {
            ended("failed");
            error = new AttemptFailedException(fail.failure().toString());
        } else if (outcome instanceof Outcome.Cancel) {
            ended("cancelled");
        } else if (outcome instanceof Outcome.DeadLetter dead) {
            ended("dead_lettered");
            error = new AttemptFailedException(dead.reason());
        } else if (outcome instanceof Outcome.WaitForCallback) {
            ended("parked");
        }
        if (error != null) {
            error(error);
        }
        return FollowUps.observed(owner, observation, outcome);
    }

    @Override
    void empty() {
        ended("completed");
    }

    @Override
    void failed(Throwable thrown) {
        Throwable error = Exceptions.unwrap(thrown);
        boolean forGood = error instanceof TerminalJobException || error instanceof AwaPayloadException || isLast();
        ended(forGood ? "failed" : "retried");
        error(error);
    }

    @Override
    void cancelled() {
        if (job.remaining().filter(Duration::isZero).isPresent()) {
            ended("timed_out");
            error(new AttemptFailedException("deadline exceeded"));
        } else {
            ended("disposed");
        }
    }

    private boolean isLast() {
        return job.attempt() >= job.maxAttempts();
    }
}
