package io.awa.reactive.observation;

import io.awa.reactive.job.Job;
import io.awa.reactive.worker.Outcome;
import io.micrometer.observation.Observation;
import io.micrometer.observation.contextpropagation.ObservationThreadLocalAccessor;
import java.util.ArrayList;
import java.util.List;
import reactor.util.context.Context;

/** Jobs that an attempt leaves: each has a short enqueue of its own below the attempt, since they are stored with its end. */
final class FollowUps {

    private FollowUps() {}

    static Outcome observed(AwaObservation owner, Observation attempt, Outcome outcome) {
        if (outcome.followUps().isEmpty()) {
            return outcome;
        }
        List<Job<?>> jobs = observed(owner, attempt, outcome.followUps());
        if (outcome instanceof Outcome.Done) {
            return new Outcome.Done(jobs);
        } else if (outcome instanceof Outcome.Retry retry) {
            return new Outcome.Retry(retry.failure(), retry.delay(), jobs);
        } else if (outcome instanceof Outcome.Snooze snooze) {
            return new Outcome.Snooze(snooze.delay(), jobs);
        } else if (outcome instanceof Outcome.Fail fail) {
            return new Outcome.Fail(fail.failure(), fail.reason(), jobs);
        } else if (outcome instanceof Outcome.Cancel cancel) {
            return new Outcome.Cancel(cancel.reason(), jobs);
        } else if (outcome instanceof Outcome.DeadLetter dead) {
            return new Outcome.DeadLetter(dead.reason(), jobs);
        } else if (outcome instanceof Outcome.WaitForCallback parked) {
            return new Outcome.WaitForCallback(parked.token(), jobs);
        }
        return outcome;
    }

    static List<Job<?>> observed(AwaObservation owner, Observation attempt, List<Job<?>> jobs) {
        Context inside = Context.of(ObservationThreadLocalAccessor.KEY, attempt);
        List<Job<?>> traced = new ArrayList<>(jobs.size());
        for (Job<?> job : jobs) {
            EnqueueContext context = EnqueueWatch.context(owner, job);
            Observation enqueue =
                    Starting.start(owner.registry(), JobObservation.ENQUEUE, EnqueueConvention.SINGLE, context, inside);
            if (enqueue == null) {
                traced.add(job);
            } else {
                context.ended("follow_up");
                Watch.guarded(enqueue::stop);
                traced.add(TraceHeaders.of(context).on(job));
            }
        }
        return traced;
    }
}
