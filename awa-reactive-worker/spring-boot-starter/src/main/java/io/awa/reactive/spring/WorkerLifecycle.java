package io.awa.reactive.spring;

import io.awa.reactive.Awa;
import io.awa.reactive.worker.AwaWorker;
import io.awa.reactive.worker.AwaWorkerBuilder;
import io.awa.reactive.worker.JobInterceptor;
import io.awa.reactive.worker.RunningWorker;
import io.awa.reactive.worker.WorkerRecorder;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.context.SmartLifecycle;

/**
 * Starts the worker after the schema is there and drains it before anything it needs is gone: web servers that enqueue stop
 * before it, connection pools close after it.
 */
final class WorkerLifecycle implements SmartLifecycle {

    /** After the schema; before web servers at the start, so after them at the end. */
    static final int PHASE = SchemaLifecycle.PHASE + 1024;

    private static final Logger LOG = LoggerFactory.getLogger(WorkerLifecycle.class);

    private final Awa awa;
    private final AwaProperties.Worker properties;
    private final ConfigurableListableBeanFactory beans;
    private final WorkerRecorder recorder;
    private final List<JobInterceptor> interceptors;
    private final List<AwaWorkerCustomizer> customizers;
    private volatile @Nullable RunningWorker running;

    WorkerLifecycle(
            Awa awa,
            AwaProperties.Worker properties,
            ConfigurableListableBeanFactory beans,
            WorkerRecorder recorder,
            List<JobInterceptor> interceptors,
            List<AwaWorkerCustomizer> customizers) {
        this.awa = awa;
        this.properties = properties;
        this.beans = beans;
        this.recorder = recorder;
        this.interceptors = interceptors;
        this.customizers = customizers;
    }

    @Override
    public void start() {
        List<HandlerMethod<?>> handlers = HandlerMethods.in(beans);
        if (handlers.isEmpty() && customizers.isEmpty()) {
            LOG.info("No @JobHandler and no AwaWorkerCustomizer: this application only enqueues");
            return;
        }
        AwaWorkerBuilder builder = AwaWorker.builder(awa).recorder(recorder);
        interceptors.forEach(builder::interceptor);
        WorkerSettings.apply(properties, handlers, builder);
        customizers.forEach(customizer -> customizer.customize(builder));
        running = Waiting.on(builder.build().start(), properties.startTimeout(), "the start of the worker");
    }

    /** The worker at work, if there is one. */
    Optional<RunningWorker> worker() {
        return Optional.ofNullable(running);
    }

    @Override
    public void stop(Runnable done) {
        RunningWorker worker = running;
        running = null;
        if (worker == null) {
            done.run();
            return;
        }
        worker.drain(properties.drainTimeout())
                .doOnNext(report -> LOG.info("The worker is drained: {}", report))
                .doFinally(signal -> done.run())
                .subscribe();
    }

    @Override
    public void stop() {
        RunningWorker worker = running;
        running = null;
        if (worker != null) {
            Waiting.on(
                    worker.drain(properties.drainTimeout()),
                    properties.drainTimeout().plusSeconds(30),
                    "the drain of the worker");
        }
    }

    @Override
    public boolean isRunning() {
        return running != null;
    }

    @Override
    public int getPhase() {
        return PHASE;
    }
}
