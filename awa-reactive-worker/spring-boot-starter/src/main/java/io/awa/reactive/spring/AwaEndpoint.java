package io.awa.reactive.spring;

import io.awa.reactive.Awa;
import io.awa.reactive.admin.QueueDepth;
import io.awa.reactive.admin.QueueOverview;
import io.awa.reactive.admin.QueueSettings;
import io.awa.reactive.worker.RunningWorker;
import io.awa.reactive.worker.WorkerStats;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.InvalidEndpointRequestException;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;
import org.springframework.boot.actuate.endpoint.annotation.WriteOperation;
import reactor.core.publisher.Mono;

/**
 * {@code /actuator/awa}: what this process does and how many jobs are in which state, and a queue's figures and settings
 * below its name. All reads are bounded. A POST to a queue with {@code {"action": "pause"}} or {@code "resume"} does that.
 */
@Endpoint(id = "awa")
final class AwaEndpoint {

    private final Awa awa;
    private final Workers workers;

    AwaEndpoint(Awa awa, Workers workers) {
        this.awa = awa;
        this.workers = workers;
    }

    /** The whole schema. */
    @ReadOperation
    Mono<Overview> overview() {
        return awa.admin()
                .counts(null)
                .<Map<String, Map<String, Long>>>reduceWith(TreeMap::new, (queues, count) -> {
                    queues.computeIfAbsent(count.queue(), name -> new LinkedHashMap<>())
                            .put(
                                    count.state().name().toLowerCase(java.util.Locale.ROOT),
                                    count.count().value());
                    return queues;
                })
                .map(queues -> new Overview(awa.schema(), workers.stats().orElse(null), queues));
    }

    /** One queue; a queue that is unknown is 404. */
    @ReadOperation
    Mono<Queue> queue(@Selector String queue) {
        return awa.admin()
                .queue(queue)
                .settings()
                .flatMap(settings -> Mono.zip(
                                awa.admin().queue(queue).overview(),
                                awa.admin().queue(queue).depth().collectList())
                        .map(figures -> new Queue(queue, figures.getT1(), figures.getT2(), settings)));
    }

    /** Pauses or resumes a queue. */
    @WriteOperation
    Mono<Changed> change(@Selector String queue, String action, @Nullable String by) {
        return switch (action) {
            case "pause" ->
                awa.admin().pause(queue, by == null ? "actuator" : by).map(Changed::new);
            case "resume" -> awa.admin().resume(queue).map(Changed::new);
            default ->
                Mono.error(new InvalidEndpointRequestException(
                        "action is '" + action + "' and must be pause or resume", "action must be pause or resume"));
        };
    }

    /** Where the worker of this process is found. */
    @FunctionalInterface
    interface Workers {
        Optional<RunningWorker> running();

        default Optional<WorkerStats> stats() {
            return running().map(RunningWorker::stats);
        }
    }

    record Overview(String schema, @Nullable WorkerStats worker, Map<String, Map<String, Long>> queues) {}

    record Queue(String name, QueueOverview figures, List<QueueDepth> priorities, QueueSettings settings) {}

    record Changed(boolean changed) {}
}
