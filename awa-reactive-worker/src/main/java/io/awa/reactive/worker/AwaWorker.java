package io.awa.reactive.worker;

import io.awa.reactive.Awa;
import io.awa.reactive.engine.Engine;
import io.awa.reactive.engine.Workers;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Works queues: claims, runs handlers, writes their ends. Immutable; each {@link #start()} starts another worker.
 *
 * <pre>{@code
 * AwaWorker worker = AwaWorker.builder(awa)
 *         .handle(SEND_EMAIL, job -> mailer.send(job.args()).thenReturn(Outcome.done()))
 *         .queue("email", q -> q.workers(64))
 *         .build();
 * Mono<DrainReport> done = worker.start().flatMap(running -> untilSignal().then(running.drain(ofSeconds(30))));
 * }</pre>
 *
 * <p>A running worker keeps a fixed number of connections: one a queue, and one each for completions, heartbeat,
 * maintenance and notifications.
 */
public final class AwaWorker {

    private final AwaWorkerBuilder settings;

    AwaWorker(AwaWorkerBuilder settings) {
        this.settings = settings;
    }

    /** Starts the settings of a worker for an instance's queues. */
    public static AwaWorkerBuilder builder(Awa awa) {
        return new AwaWorkerBuilder(awa);
    }

    /**
     * Checks the schema, registers the process and starts claiming.
     *
     * @return the running worker, on the driver's event loop; an {@link io.awa.reactive.AwaSchemaException} if the
     *     schema would lose jobs; the driver's errors if it cannot be reached. Cold: each subscription starts one more.
     *     Cancelling before it has emitted leaves nothing running; a worker that was emitted runs until it is drained
     */
    public Mono<RunningWorker> start() {
        Engine engine = settings.awa.engine();
        return settings.awa.check().then(Mono.defer(() -> {
            Workers workers = engine.workers();
            return Mono.zip(workers.register(settings.name), kinds(engine), queues(engine))
                    .<RunningWorker>map(found -> new RunningWorker(
                                    settings, engine, workers, found.getT1(), found.getT2(), found.getT3())
                            .begin())
                    .onErrorResume(error -> workers.close().then(Mono.error(error)));
        }));
    }

    private Mono<Map<Integer, Handlers.Entry<?>>> kinds(Engine engine) {
        return Flux.fromIterable(settings.handlers.entrySet())
                .concatMap(entry -> engine.kind(entry.getKey()).map(id -> Map.entry(id, entry.getValue())))
                .collect(HashMap::new, (map, entry) -> map.put(entry.getKey(), entry.getValue()));
    }

    private Mono<Map<String, Integer>> queues(Engine engine) {
        return Flux.fromIterable(settings.queues.keySet())
                .concatMap(name -> engine.queue(name).map(id -> Map.entry(name, id)))
                .collect(LinkedHashMap::new, (map, entry) -> map.put(entry.getKey(), entry.getValue()));
    }
}
