package io.awa.reactive.worker;

import io.awa.reactive.Awa;
import io.awa.reactive.admin.JobState;
import io.awa.reactive.job.JobId;
import io.awa.reactive.observe.JobUpdate;
import io.awa.reactive.observe.ObserveOptions;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;

/** An observer that keeps what it is told. */
final class Observed extends BaseSubscriber<JobUpdate> {

    private final List<JobUpdate> all = Collections.synchronizedList(new ArrayList<>());
    private final long demand;
    volatile boolean complete;
    volatile @Nullable Throwable error;

    private Observed(long demand) {
        this.demand = demand;
    }

    static Observed of(Awa awa, JobId job) {
        return of(awa, job, ObserveOptions.defaults(), Long.MAX_VALUE);
    }

    static Observed of(Awa awa, JobId job, ObserveOptions options) {
        return of(awa, job, options, Long.MAX_VALUE);
    }

    /** @param demand to begin with */
    static Observed of(Awa awa, JobId job, ObserveOptions options, long demand) {
        Observed observed = new Observed(demand);
        awa.observe(job, options).subscribe(observed);
        return observed;
    }

    List<JobUpdate> all() {
        return List.copyOf(all);
    }

    List<JobUpdate.Reached> reached() {
        return all().stream()
                .filter(JobUpdate.Reached.class::isInstance)
                .map(JobUpdate.Reached.class::cast)
                .toList();
    }

    List<JobState> states() {
        return reached().stream().map(JobUpdate.Reached::state).toList();
    }

    @Nullable
    JobState last() {
        List<JobState> states = states();
        return states.isEmpty() ? null : states.get(states.size() - 1);
    }

    List<JobState> completed() {
        Await.until(() -> "complete, got " + all() + " " + error, Await.LONG, () -> complete);
        return states();
    }

    void has(JobState... states) {
        Await.until(
                () -> List.of(states) + ", got " + all() + " " + error,
                Await.LONG,
                () -> states().equals(List.of(states)));
    }

    @Override
    protected void hookOnSubscribe(Subscription subscription) {
        if (demand > 0) {
            subscription.request(demand);
        }
    }

    @Override
    protected void hookOnNext(JobUpdate update) {
        all.add(update);
    }

    @Override
    protected void hookOnComplete() {
        complete = true;
    }

    @Override
    protected void hookOnError(Throwable thrown) {
        error = thrown;
    }
}
