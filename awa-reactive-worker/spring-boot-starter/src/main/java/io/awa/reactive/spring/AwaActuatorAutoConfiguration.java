package io.awa.reactive.spring;

import io.awa.reactive.Awa;
import java.util.Optional;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.context.annotation.Bean;

/** What operators see, where the application has Spring Boot's actuator. */
@AutoConfiguration(after = AwaAutoConfiguration.class)
@ConditionalOnClass({Endpoint.class, ConditionalOnAvailableEndpoint.class})
@ConditionalOnBean(Awa.class)
public final class AwaActuatorAutoConfiguration {

    AwaActuatorAutoConfiguration() {}

    @Bean
    @ConditionalOnAvailableEndpoint
    AwaEndpoint awaEndpoint(Awa awa, ObjectProvider<WorkerLifecycle> worker) {
        return new AwaEndpoint(
                awa, () -> Optional.ofNullable(worker.getIfAvailable()).flatMap(WorkerLifecycle::worker));
    }
}
