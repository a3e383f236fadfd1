package io.awa.reactive.metrics;

import io.awa.reactive.AwaValidationException;
import io.awa.reactive.engine.Ending;
import io.awa.reactive.metrics.internal.BoundedNames;
import io.awa.reactive.worker.RunningWorker;
import io.awa.reactive.worker.WorkerRecorder;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * What a worker measures, as meters of Micrometer.
 *
 * <pre>{@code
 * AwaWorker worker = AwaWorker.builder(awa)
 *         .handle(SEND_EMAIL, job -> mailer.send(job.args()).thenReturn(Outcome.done()))
 *         .recorder(AwaMetrics.on(registry))
 *         .build();
 * }</pre>
 *
 * <p>{@link AwaMeter} lists the meters. Tags are bounded: queues of this process, the first kinds that come (100 of them,
 * all others are {@code other}), steps and outcomes of maintenance. Meters are found by two look-ups a job; nothing is
 * allocated for one. Depth and lag are read each 15 s with a bound of 50 ms on waits for locks, and are NaN where they could
 * not be read; asking for a gauge never waits for the database.
 *
 * <p>One for a process and worker: with two workers at once on one registry the gauges are those of the first. Safe to
 * share between threads.
 */
public final class AwaMetrics implements WorkerRecorder {

    /** Kinds that have series of their own where no number is named: 100. */
    public static final int DEFAULT_KINDS = 100;

    /** The pause between reads of depth and lag: 15 s. */
    public static final Duration DEFAULT_READ_EVERY = Duration.ofSeconds(15);

    private final Meters meters;
    private final BoundedNames names;
    private final Duration readEvery;
    private final SignalMeters signals;
    private final DistributionSummary flushSize;
    private final Timer flushDuration;
    private final Map<String, QueueMeters> queues = new ConcurrentHashMap<>();
    private final Map<RunningWorker, WorkerGauges> gauges = new ConcurrentHashMap<>();

    private AwaMetrics(MeterRegistry registry, int kinds, Duration readEvery) {
        this.meters = new Meters(registry);
        this.names = new BoundedNames(kinds);
        this.readEvery = readEvery;
        this.signals = new SignalMeters(meters);
        this.flushSize = meters.summary(AwaMeter.FLUSH_SIZE);
        this.flushDuration = meters.timer(AwaMeter.FLUSH_DURATION);
    }

    /** On a registry, with the defaults. */
    public static AwaMetrics on(MeterRegistry registry) {
        return on(registry, DEFAULT_KINDS, DEFAULT_READ_EVERY);
    }

    /**
     * On a registry.
     *
     * @param kinds     how many kinds have series of their own, 1 to 10,000; the others share one
     * @param readEvery the pause between reads of depth and lag, 1 s to 1 h
     * @throws AwaValidationException if one is out of its range
     */
    public static AwaMetrics on(MeterRegistry registry, int kinds, Duration readEvery) {
        if (kinds < 1 || kinds > 10_000) {
            throw new AwaValidationException("kinds", kinds, "1 to 10000");
        }
        if (readEvery.compareTo(Duration.ofSeconds(1)) < 0 || readEvery.compareTo(Duration.ofHours(1)) > 0) {
            throw new AwaValidationException("readEvery", readEvery, "1 s to 1 h");
        }
        return new AwaMetrics(Objects.requireNonNull(registry, "registry"), kinds, readEvery);
    }

    @Override
    public void started(RunningWorker worker) {
        worker.queues().forEach(queue -> queue(queue.name()));
        gauges.put(worker, new WorkerGauges(meters, worker, signals, readEvery));
    }

    @Override
    public void stopped(RunningWorker worker) {
        WorkerGauges gone = gauges.remove(worker);
        if (gone != null) {
            gone.dispose();
        }
    }

    @Override
    public void claimed(String queue, int jobs, long nanos) {
        queue(queue).claimed(jobs, nanos);
    }

    @Override
    public void ran(String queue, String kind, long waitNanos, long runNanos) {
        KindMeters known = queue(queue).kind(kind);
        known.wait.record(waitNanos, TimeUnit.NANOSECONDS);
        known.duration.record(runNanos, TimeUnit.NANOSECONDS);
    }

    @Override
    public void ended(String queue, String kind, Ending ending) {
        queue(queue).kind(kind).ended(ending).increment();
    }

    @Override
    public void stale(String queue, String kind) {
        queue(queue).kind(kind).stale.increment();
    }

    @Override
    public void flushed(int ends, long nanos) {
        flushSize.record(ends);
        flushDuration.record(nanos, TimeUnit.NANOSECONDS);
    }

    private QueueMeters queue(String queue) {
        QueueMeters known = queues.get(queue);
        return known != null ? known : queues.computeIfAbsent(queue, name -> new QueueMeters(meters, name, names));
    }
}
