package io.awa.reactive.spring;

import io.awa.reactive.Awa;
import java.util.Optional;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.ReactiveHealthIndicator;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** What operators see, where the application has Spring Boot's actuator. */
@AutoConfiguration(after = AwaAutoConfiguration.class)
@ConditionalOnClass({Endpoint.class, ConditionalOnAvailableEndpoint.class})
@ConditionalOnBean(Awa.class)
public final class AwaActuatorAutoConfiguration {

    AwaActuatorAutoConfiguration() {}

    @Bean
    @ConditionalOnAvailableEndpoint
    AwaEndpoint awaEndpoint(Awa awa, ObjectProvider<WorkerLifecycle> worker) {
        return new AwaEndpoint(awa, workers(worker));
    }

    private static AwaEndpoint.Workers workers(ObjectProvider<WorkerLifecycle> worker) {
        return () -> Optional.ofNullable(worker.getIfAvailable()).flatMap(WorkerLifecycle::worker);
    }

    /** {@code awa} below {@code /actuator/health}; {@code management.health.awa.enabled=false} leaves it out. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass({ReactiveHealthIndicator.class, ConditionalOnEnabledHealthIndicator.class})
    static class HealthConfiguration {

        @Bean
        @ConditionalOnEnabledHealthIndicator("awa")
        @ConditionalOnMissingBean(name = "awaHealthIndicator")
        ReactiveHealthIndicator awaHealthIndicator(ObjectProvider<WorkerLifecycle> worker) {
            return new AwaHealth(workers(worker));
        }
    }
}
