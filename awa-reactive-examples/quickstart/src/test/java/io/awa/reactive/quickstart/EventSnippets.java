package io.awa.reactive.quickstart;

import io.awa.reactive.Awa;
import io.awa.reactive.admin.JobState;
import io.awa.reactive.job.JobId;
import io.awa.reactive.observe.JobUpdate;
import io.awa.reactive.observe.ObserveOptions;
import io.awa.reactive.worker.RunningWorker;
import io.awa.reactive.worker.WorkerEvent;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** As {@link Snippets}: events and observers. */
final class EventSnippets {

    private EventSnippets() {}

    static Flux<String> hot(RunningWorker running) {
        // [events]
        Flux<String> ends = running.events()
                .ofType(WorkerEvent.Settled.class)
                .filter(WorkerEvent.Settled::accepted)
                .map(end -> end.kind() + " " + end.job() + ", attempt " + end.attempt() + ": " + end.outcome());
        Flux<Long> missed = running.events().ofType(WorkerEvent.Missed.class).map(WorkerEvent.Missed::count);
        // [end]
        return ends.mergeWith(missed.map(count -> count + " missed"));
    }

    static Flux<String> observe(Awa awa, JobId id) {
        // [observe]
        Flux<String> told = awa.observe(id).map(update -> {
            if (update instanceof JobUpdate.Reached now) {
                return now.state() + ", attempt " + now.attempt();
            } else if (update instanceof JobUpdate.Progressed report) {
                return "progress " + report.progress();
            }
            return "known no more";
        });
        // [end]
        return told;
    }

    static Mono<Boolean> wait(Awa awa, JobId id) {
        // [observe-end]
        Mono<Boolean> done = awa.observe(id)
                .last()
                .map(end -> end instanceof JobUpdate.Reached now && now.state() == JobState.COMPLETED);
        // [end]
        return done;
    }

    static Flux<JobUpdate> goOn(Awa awa, JobId id, @Nullable String lastCursor) {
        // [observe-after]
        ObserveOptions from = lastCursor == null
                ? ObserveOptions.defaults().withHistory()
                : ObserveOptions.defaults().after(lastCursor);
        Flux<JobUpdate> rest = awa.observe(id, from.beyondEnds());
        // [end]
        return rest;
    }
}
