package io.awa.reactive.spring;

import io.awa.reactive.metrics.AwaMetrics;
import io.awa.reactive.worker.WorkerRecorder;
import io.micrometer.core.instrument.MeterRegistry;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/**
 * The worker's meters, where {@code awa-reactive-metrics} is on the class path and the application has a registry. A
 * {@link WorkerRecorder} of the application's own takes its place.
 */
@AutoConfiguration(
        before = AwaAutoConfiguration.class,
        afterName = {
            "org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration",
            "org.springframework.boot.micrometer.metrics.autoconfigure.export.simple.SimpleMetricsExportAutoConfiguration"
        })
@ConditionalOnClass({AwaMetrics.class, MeterRegistry.class})
@ConditionalOnBean(MeterRegistry.class)
public final class AwaMetricsAutoConfiguration {

    AwaMetricsAutoConfiguration() {}

    @Bean
    @ConditionalOnMissingBean(WorkerRecorder.class)
    WorkerRecorder awaMetrics(MeterRegistry registry) {
        return AwaMetrics.on(registry);
    }
}
