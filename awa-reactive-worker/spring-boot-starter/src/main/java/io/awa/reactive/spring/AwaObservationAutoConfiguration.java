package io.awa.reactive.spring;

import io.awa.reactive.observation.AwaObservation;
import io.awa.reactive.observation.JobMdc;
import io.awa.reactive.observation.JobTracingObservationHandler;
import io.awa.reactive.worker.JobInterceptor;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.tracing.Tracer;
import io.micrometer.tracing.propagation.Propagator;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;

/**
 * Jobs as observations, where {@code awa-reactive-metrics} is on the class path and the application has an observation
 * registry, and traces of them where it has a tracer; log lines of handlers name their job. A bean of type
 * {@link AwaObservation} or {@link JobTracingObservationHandler} of the application's own, or one called {@code awaJobMdc},
 * takes the place of ours.
 */
@AutoConfiguration(
        before = AwaAutoConfiguration.class,
        afterName = {
            "org.springframework.boot.micrometer.observation.autoconfigure.ObservationAutoConfiguration",
            "org.springframework.boot.micrometer.tracing.autoconfigure.MicrometerTracingAutoConfiguration"
        })
@ConditionalOnClass({AwaObservation.class, ObservationRegistry.class})
public final class AwaObservationAutoConfiguration {

    AwaObservationAutoConfiguration() {}

    @Bean
    @Order(0)
    @ConditionalOnMissingBean(name = "awaJobMdc")
    JobInterceptor awaJobMdc() {
        return JobMdc.fields();
    }

    /** With a registry. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnBean(ObservationRegistry.class)
    static class RegistryConfiguration {

        @Bean
        @Order(100)
        @ConditionalOnMissingBean
        AwaObservation awaObservation(ObservationRegistry registry) {
            return AwaObservation.on(registry);
        }

        @Bean
        AwaCustomizer awaObservedEnqueues(AwaObservation observation) {
            return awa -> awa.decorate(observation::enqueuer);
        }
    }

    /** With a tracer. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass({Tracer.class, Propagator.class})
    @ConditionalOnBean({Tracer.class, Propagator.class, ObservationRegistry.class})
    static class TracingConfiguration {

        // Before Spring Boot's own for receivers, which has 1000.
        @Bean
        @Order(900)
        @ConditionalOnMissingBean
        JobTracingObservationHandler awaJobTracing(Tracer tracer, Propagator propagator) {
            return new JobTracingObservationHandler(tracer, propagator);
        }
    }
}
