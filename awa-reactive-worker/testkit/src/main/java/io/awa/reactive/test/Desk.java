package io.awa.reactive.test;

import io.awa.reactive.Awa;
import io.awa.reactive.admin.JobView;
import io.awa.reactive.job.JobId;
import io.awa.reactive.worker.AwaWorker;
import io.awa.reactive.worker.AwaWorkerBuilder;
import io.awa.reactive.worker.QueueOptions;
import io.awa.reactive.worker.Role;
import io.awa.reactive.worker.TickBudget;
import io.awa.reactive.worker.TickReport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** The handlers of a harness, and passes over queues with them: each pass is a worker that lives for one tick. */
final class Desk {

    private static final int ALL = 1_000_000;

    // What a test looks at is to be there at its end, however far it moved the clock.
    private static final Duration KEPT = Duration.ofDays(3650);
    private static final long KEPT_BYTES = 1L << 40;
    private static final Duration ROTATED = Duration.ofDays(1);

    private final Awa awa;
    private final Map<String, Registration> handlers = new LinkedHashMap<>();
    private final Map<String, UnaryOperator<QueueOptions>> queues = new LinkedHashMap<>();
    private UnaryOperator<AwaWorkerBuilder> settings = builder -> builder;
    private Duration patience = Duration.ofSeconds(30);

    Desk(Awa awa) {
        this.awa = awa;
    }

    synchronized void handle(Registration handler) {
        handlers.put(handler.type().kind(), handler);
        queues.putIfAbsent(handler.type().queue(), options -> options);
    }

    synchronized void queue(String name, UnaryOperator<QueueOptions> options) {
        queues.merge(name, options, (known, more) -> given -> more.apply(known.apply(given)));
    }

    synchronized void settings(UnaryOperator<AwaWorkerBuilder> more) {
        UnaryOperator<AwaWorkerBuilder> known = settings;
        settings = builder -> more.apply(known.apply(builder));
    }

    synchronized void patience(Duration time) {
        patience = time;
    }

    synchronized List<String> queues() {
        checkHandlers();
        return List.copyOf(queues.keySet());
    }

    /** One job of one queue. */
    synchronized WorkResult one(String queue) {
        List<WorkResult> worked = pass(queue, 1);
        return worked.isEmpty() ? new WorkResult.NoJob() : worked.get(0);
    }

    /** All jobs that are available, and those that they leave available. */
    synchronized List<WorkResult> all() {
        return pass(null, ALL);
    }

    /** One pass over segments and stores. */
    synchronized void maintain() {
        tick(builder().roles(Role.MAINTENANCE), 1, Duration.ofMinutes(1));
    }

    private List<WorkResult> pass(@Nullable String queue, int jobs) {
        checkHandlers();
        Set<JobId> begun = Collections.synchronizedSet(new LinkedHashSet<>());
        AwaWorkerBuilder builder = builder().roles(Role.WORKER);
        handlers.values().forEach(handler -> handler.on(builder, queue, begun::add));
        queues.forEach((name, options) -> {
            if (queue == null || queue.equals(name)) {
                builder.queue(name, options);
            }
        });
        TickReport report = tick(builder, jobs, patience);
        List<WorkResult> worked = new ArrayList<>();
        for (JobId id : begun) {
            worked.add(WorkResult.of(view(id)));
        }
        check(report, worked);
        return worked;
    }

    // Such a job would come back for ever, and the test would not see why nothing happens.
    private void check(TickReport report, List<WorkResult> worked) {
        // Where its time was not over, nothing else is released.
        boolean inTime = worked.stream().noneMatch(WorkResult.Released.class::isInstance);
        if (inTime && report.released() > 0) {
            throw new IllegalStateException(report.released()
                    + " jobs are of kinds without a handler; there are handlers for " + handlers.keySet());
        }
        if (!report.clean()) {
            throw new IllegalStateException("jobs were left behind: " + report);
        }
    }

    private void checkHandlers() {
        if (handlers.isEmpty()) {
            throw new IllegalStateException("no handler is registered: harness.handle(TYPE, handler)");
        }
    }

    private AwaWorkerBuilder builder() {
        return settings.apply(AwaWorker.builder(awa)
                .name("test")
                .maintenance(options ->
                        options.rotate(ROTATED, options.rotateBytes()).retain(KEPT, KEPT_BYTES)));
    }

    private static TickReport tick(AwaWorkerBuilder builder, int jobs, Duration time) {
        return Await.value(builder.build().tick(new TickBudget(jobs, time, Duration.ZERO)), time);
    }

    private JobView view(JobId id) {
        return Objects.requireNonNull(Await.orNull(awa.admin().job(id)), () -> id + " is gone");
    }
}
