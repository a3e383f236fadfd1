package io.awa.reactive.worker;

import io.awa.reactive.engine.Engine;
import io.awa.reactive.engine.QueueFigures;
import io.awa.reactive.engine.Vitals;
import io.awa.reactive.schema.SqlCatalogue;
import io.awa.reactive.worker.WorkerHealth.State;
import io.awa.reactive.worker.WorkerHealth.Unknown;
import io.awa.reactive.worker.WorkerHealth.Unwell;
import io.awa.reactive.worker.WorkerHealth.Well;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Says how a worker is: from what it remembers, and from one bounded look at the database, which all who ask meanwhile
 * share. A database that does not answer is said to be so when the patience is over; the look itself goes on.
 */
final class HealthDesk {

    /** How long the database has for its answer. */
    static final Duration PATIENCE = Duration.ofSeconds(1);

    private static final State WELL = new Well();
    private static final Duration SLOW_CLAIM = Duration.ofSeconds(2);
    private static final int BEATS = 3;

    private final AwaWorkerBuilder settings;
    private final Vitals vitals;
    private final Heartbeat heartbeat;
    private final List<QueueWork> queues;
    private final LongSupplier epoch;
    private final BooleanSupplier draining;
    private final AtomicReference<@Nullable Mono<Vitals.Look>> look = new AtomicReference<>();

    HealthDesk(
            AwaWorkerBuilder settings,
            Engine engine,
            Heartbeat heartbeat,
            List<QueueWork> queues,
            LongSupplier epoch,
            BooleanSupplier draining) {
        this.settings = settings;
        this.vitals = engine.vitals();
        this.heartbeat = heartbeat;
        this.queues = queues;
        this.epoch = epoch;
        this.draining = draining;
    }

    Mono<WorkerHealth> look() {
        return shared().timeout(PATIENCE)
                .map(seen -> health(WELL, version(seen), leader(seen), lead(seen)))
                .onErrorResume(error -> Mono.just(broken(error)));
    }

    Flux<QueueFigures> figures() {
        return Flux.defer(() ->
                        vitals.figures(queues.stream().map(QueueWork::name).toList()))
                .timeout(PATIENCE)
                .onErrorResume(error -> Flux.empty());
    }

    Mono<Void> close() {
        return vitals.close();
    }

    private Mono<Vitals.Look> shared() {
        return Mono.defer(() -> {
            Mono<Vitals.Look> known = look.get();
            if (known != null) {
                return known;
            }
            Mono<Vitals.Look> fresh =
                    Mono.defer(vitals::look).doFinally(end -> look.set(null)).cache();
            return look.compareAndSet(null, fresh) ? fresh : shared();
        });
    }

    private WorkerHealth broken(Throwable error) {
        State unknown = new Unknown("the database does not answer");
        if (error instanceof TimeoutException) {
            return health(new Unwell("does not answer within " + PATIENCE.toMillis() + " ms"), unknown, unknown, null);
        }
        if (Engine.isTransient(error)) {
            return health(new Unwell("does not answer: " + error.getMessage()), unknown, unknown, null);
        }
        return health(
                WELL,
                new Unwell("cannot be read: " + error.getMessage()),
                new Unknown("the schema cannot be read"),
                null);
    }

    private WorkerHealth health(State database, State schema, State leader, WorkerHealth.@Nullable Lead lead) {
        boolean stops = draining.getAsBoolean();
        return new WorkerHealth(
                stops,
                database,
                schema,
                stops ? new Unknown("the worker is stopping") : claims(),
                stops ? new Unknown("the worker is stopping") : beats(),
                leader,
                lead,
                queues.stream().map(QueueWork::face).collect(Collectors.toMap(RunningQueue::name, HealthDesk::queue)));
    }

    private static WorkerHealth.Queue queue(RunningQueue queue) {
        return new WorkerHealth.Queue(queue.running(), queue.workers(), queue.unsettled());
    }

    private static State version(Vitals.Look seen) {
        int needed = SqlCatalogue.bundled().latest();
        return seen.version() == needed
                ? WELL
                : new Unwell("is version " + seen.version() + "; this library works with version " + needed);
    }

    private State claims() {
        String why = queues.stream()
                .map(queue -> Map.entry(queue.name(), trouble(queue)))
                .filter(one -> !one.getValue().isEmpty())
                .map(one -> "queue " + one.getKey() + " " + one.getValue())
                .sorted()
                .collect(Collectors.joining("; "));
        return why.isEmpty() ? WELL : new Unwell(why);
    }

    private static String trouble(QueueWork queue) {
        Trouble trouble = queue.source().trouble(SLOW_CLAIM);
        if (trouble == null) {
            return "";
        }
        String since = " for " + (System.nanoTime() - trouble.since()) / 1_000_000 + " ms";
        Throwable error = trouble.error();
        return error == null
                ? "has a claim without an answer" + since
                : "cannot claim" + since + ": " + error.getMessage();
    }

    private State beats() {
        if (!heartbeat.isKnown()) {
            return new Unwell("the database does not know this process any more");
        }
        Duration silence = heartbeat.silence();
        return silence.compareTo(settings.heartbeat.multipliedBy(BEATS)) <= 0
                ? WELL
                : new Unwell("no beat was answered for " + silence.toMillis() + " ms; one is due each "
                        + settings.heartbeat.toMillis() + " ms");
    }

    private State leader(Vitals.Look seen) {
        Duration silent = seen.silent();
        Duration lease = settings.maintenance.lead().lease();
        if (silent == null) {
            return new Unwell("nobody has led the maintenance yet");
        }
        if (seen.leader() == null) {
            return new Unwell("nobody leads the maintenance; the session of epoch " + seen.epoch() + " is gone");
        }
        return silent.compareTo(lease) <= 0
                ? WELL
                : new Unwell(
                        "the leader of epoch " + seen.epoch() + " has not beaten for " + silent.toMillis() + " ms");
    }

    private WorkerHealth.@Nullable Lead lead(Vitals.Look seen) {
        Duration silent = seen.silent();
        return silent == null
                ? null
                : new WorkerHealth.Lead(seen.epoch(), epoch.getAsLong() == seen.epoch(), seen.leader(), silent);
    }
}
