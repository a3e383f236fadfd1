package io.awa.reactive.spring;

import io.awa.reactive.worker.AwaWorkerBuilder;
import io.awa.reactive.worker.CompletionOptions;
import io.awa.reactive.worker.QueueOptions;
import io.awa.reactive.worker.maintenance.MaintenanceOptions;
import io.awa.reactive.worker.maintenance.RescueOptions;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import org.springframework.util.unit.DataSize;

/** Brings properties into a worker's settings; what is not named keeps the library's default. */
final class WorkerSettings {

    private WorkerSettings() {}

    static void apply(AwaProperties.Worker from, List<HandlerMethod<?>> handlers, AwaWorkerBuilder to) {
        set(from.name(), to::name);
        set(from.heartbeat(), to::heartbeat);
        set(from.cron(), to::cron);
        if (!from.maintenance()) {
            to.withoutMaintenance();
        }
        to.completions(known -> completions(from.completions(), known));
        to.rescue(known -> rescue(from.rescue(), known));
        to.maintenance(known -> segments(from.segments(), known));
        Map<String, Integer> workers = new HashMap<>();
        for (HandlerMethod<?> handler : handlers) {
            handler.register(to);
            if (handler.settings().workers() != 0) {
                workers.merge(handler.settings().queue(), handler.settings().workers(), Math::max);
            }
        }
        workers.forEach((queue, number) -> to.queue(queue, known -> known.workers(number)));
        from.queues().forEach((queue, settings) -> to.queue(queue, known -> queue(settings, known)));
    }

    private static QueueOptions queue(AwaProperties.Queue from, QueueOptions known) {
        return or(or(known, from.workers(), QueueOptions::workers), from.claim(), QueueOptions::claim);
    }

    private static CompletionOptions completions(AwaProperties.Completions from, CompletionOptions known) {
        CompletionOptions batched = or(known, from.batch(), CompletionOptions::batch);
        return or(
                or(batched, from.linger(), CompletionOptions::linger),
                from.maxUnsettled(),
                CompletionOptions::maxUnsettled);
    }

    private static RescueOptions rescue(AwaProperties.Rescue from, RescueOptions known) {
        RescueOptions timed = or(known, from.staleness(), RescueOptions::staleness);
        return or(or(timed, from.interval(), RescueOptions::interval), from.grace(), RescueOptions::grace);
    }

    private static MaintenanceOptions segments(AwaProperties.Segments from, MaintenanceOptions known) {
        return or(known, from.promoteEvery(), MaintenanceOptions::promoteEvery)
                .rotate(or(from.rotateEvery(), known.rotateEvery()), bytes(from.rotateSize(), known.rotateBytes()))
                .retain(or(from.retention(), known.retention()), bytes(from.retainSize(), known.retainBytes()));
    }

    private static <V> void set(@Nullable V value, java.util.function.Consumer<V> setting) {
        if (value != null) {
            setting.accept(value);
        }
    }

    private static <O, V> O or(O known, @Nullable V value, BiFunction<O, V, O> setting) {
        return value == null ? known : setting.apply(known, value);
    }

    private static Duration or(@Nullable Duration named, Duration known) {
        return named == null ? known : named;
    }

    private static long bytes(@Nullable DataSize named, long known) {
        return named == null ? known : named.toBytes();
    }
}
