package io.awa.reactive.worker;

import io.awa.reactive.Awa;
import io.awa.reactive.engine.Engine;
import io.awa.reactive.worker.internal.maintenance.Upkeep;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.SignalType;
import reactor.util.function.Tuples;

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
 * <p>A running worker keeps a fixed number of connections, each opened when it is first needed: one a queue, and one each
 * for completions, held attempts, ends in callers' transactions ({@link ActiveJob#completeIn}), heartbeat, notifications,
 * health, gauges, grants of concurrency keys and the contest for the lead; the one that leads has one more for each loop of
 * maintenance. One more comes with each subscription of {@link RunningWorker#claims}.
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
     * Checks the schema, declares schedules, registers the process and starts claiming.
     *
     * @return the running worker, on the driver's event loop; an {@link io.awa.reactive.AwaSchemaException} if the
     *     schema would lose jobs; an {@link io.awa.reactive.AwaValidationException} if a schedule is refused, with those
     *     before it declared; the driver's errors if it cannot be reached. Cold: each subscription starts one more.
     *     Cancelling before it has emitted leaves nothing running; a worker that was emitted runs until it is drained
     */
    public Mono<RunningWorker> start() {
        return start(null);
    }

    /**
     * One bounded pass, for processes that live for a moment: maintenance once (if that is a role of this worker), then jobs
     * are claimed and run until there are none, so many were claimed, or the time is over; then their ends are written and
     * everything is closed. Nothing stays: no claim, no connection, no timer. Any number of ticks may run at once, beside
     * workers too. Rescue watches a dead process for its staleness before it acts: a tick is too short for that.
     *
     * @return what was done; errors as those of {@link #start()}. Cold. Cancelling ends the tick: handlers are disposed and
     *     their jobs released
     */
    public Mono<TickReport> tick(TickBudget budget) {
        return Mono.defer(() -> {
            Tick tick = new Tick(budget);
            return Mono.usingWhen(
                    start(tick),
                    running -> running.tick(tick),
                    running -> running.drain(Duration.ZERO),
                    (running, error) -> running.drain(Duration.ZERO),
                    running -> running.drain(Duration.ZERO));
        });
    }

    private Mono<RunningWorker> start(@Nullable Tick tick) {
        Engine engine = settings.awa.engine();
        return Mono.defer(() -> {
            Registration registration = new Registration(engine.workers());
            AtomicReference<Start> start = new AtomicReference<>(Start.ASKING);
            // What can tell a cancellation apart comes last: an operator behind it could drop a worker that runs.
            return settings.awa
                    .check()
                    .then(Upkeep.declare(settings.awa.schedules(), settings.schedules.values()))
                    .then(Mono.defer(
                            () -> Mono.zip(registration.register(settings.name), kinds(engine), queues(engine))))
                    .flatMap(found -> registration
                            .workers()
                            .queues()
                            .settings(found.getT3().values())
                            .map(ruled -> Tuples.of(found.getT1(), found.getT2(), found.getT3(), ruled)))
                    .<RunningWorker>handle((found, sink) -> {
                        if (start.compareAndSet(Start.ASKING, Start.BEGINNING)) {
                            RunningWorker running = new RunningWorker(
                                            settings,
                                            engine,
                                            registration.workers(),
                                            found.getT1(),
                                            found.getT2(),
                                            found.getT3())
                                    .begin(found.getT4(), tick);
                            if (start.compareAndSet(Start.BEGINNING, Start.BEGUN)) {
                                sink.next(running);
                            } else {
                                running.drain(Duration.ZERO).subscribe();
                            }
                        }
                    })
                    .onErrorResume(error -> registration.giveUp().then(Mono.error(error)))
                    // After the cancellation: a statement is not cancelled, what it does is taken back behind it.
                    .doFinally(end -> {
                        if (end == SignalType.CANCEL
                                && !start.compareAndSet(Start.BEGINNING, Start.CANCELLED)
                                && start.compareAndSet(Start.ASKING, Start.CANCELLED)) {
                            registration.giveUp().subscribe();
                        }
                    });
        });
    }

    private Mono<Map<Integer, Handlers.Entry<?>>> kinds(Engine engine) {
        return Flux.fromIterable(
                        settings.roles.contains(Role.WORKER)
                                ? settings.handlers.entrySet()
                                : Set.<Map.Entry<String, Handlers.Entry<?>>>of())
                .concatMap(entry -> engine.kind(entry.getKey()).map(id -> Map.entry(id, entry.getValue())))
                .collect(HashMap::new, (map, entry) -> map.put(entry.getKey(), entry.getValue()));
    }

    private Mono<Map<String, Integer>> queues(Engine engine) {
        boolean works = settings.roles.contains(Role.WORKER) && !settings.handlers.isEmpty();
        return Flux.fromIterable(works ? settings.queues.keySet() : Set.<String>of())
                .concatMap(name -> engine.queue(name).map(id -> Map.entry(name, id)))
                .collect(LinkedHashMap::new, (map, entry) -> map.put(entry.getKey(), entry.getValue()));
    }

    private enum Start {
        ASKING,
        BEGINNING,
        BEGUN,
        CANCELLED
    }
}
