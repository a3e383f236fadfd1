package io.awa.reactive.spring;

import io.awa.reactive.Awa;
import io.awa.reactive.AwaBuilder;
import io.awa.reactive.schema.SchemaMigrator;
import io.awa.reactive.worker.JobInterceptor;
import io.awa.reactive.worker.WorkerRecorder;
import io.r2dbc.spi.ConnectionFactory;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.r2dbc.autoconfigure.R2dbcAutoConfiguration;
import org.springframework.boot.r2dbc.autoconfigure.R2dbcTransactionManagerAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Primary;
import org.springframework.core.env.Environment;
import org.springframework.r2dbc.core.DatabaseClient;

/**
 * The queue on the application's connection factory: {@link Awa}, {@link Jobs} and, where there are handlers, a worker that
 * lives as long as the application. A bean of the application's own takes the place of {@link Awa} or {@link Jobs}; beans of
 * type {@link JobInterceptor} stand around handlers, the first in their order outermost.
 */
@AutoConfiguration(after = {R2dbcAutoConfiguration.class, R2dbcTransactionManagerAutoConfiguration.class})
@ConditionalOnBean(ConnectionFactory.class)
@EnableConfigurationProperties(AwaProperties.class)
public final class AwaAutoConfiguration {

    AwaAutoConfiguration() {}

    // Closed by hand: its close() is a Mono, which nobody would subscribe.
    @Bean(destroyMethod = "")
    @ConditionalOnMissingBean
    Awa awa(
            ConnectionFactory connections,
            AwaProperties properties,
            Environment environment,
            ObjectProvider<AwaCustomizer> customizers) {
        AwaBuilder builder = Awa.builder(connections).schema(properties.schema());
        builder.name(named(properties.name(), environment));
        properties.backpressure().forEach((queue, marks) -> builder.backpressure(queue, marks.of(queue)));
        customizers.orderedStream().forEach(customizer -> customizer.customize(builder));
        return builder.build();
    }

    private static String named(@Nullable String name, Environment environment) {
        return name != null ? name : environment.getProperty("spring.application.name", AwaBuilder.DEFAULT_NAME);
    }

    @Bean
    AwaClosing awaClosing(Awa awa) {
        return new AwaClosing(awa);
    }

    @Bean
    @Primary
    @ConditionalOnMissingBean
    Jobs jobs(Awa awa, ObjectProvider<DatabaseClient> database, ConnectionFactory connections) {
        return new Jobs(awa, database.getIfAvailable(() -> DatabaseClient.create(connections)));
    }

    @Bean
    SchemaLifecycle awaSchemaLifecycle(Awa awa, ConnectionFactory connections, AwaProperties properties) {
        return new SchemaLifecycle(
                awa,
                SchemaMigrator.of(connections).schema(properties.schema()),
                properties.migrate(),
                properties.worker().startTimeout());
    }

    @Bean
    @ConditionalOnProperty(name = "awa.worker.enabled", matchIfMissing = true)
    WorkerLifecycle awaWorkerLifecycle(
            Awa awa,
            AwaProperties properties,
            ConfigurableListableBeanFactory beans,
            ObjectProvider<WorkerRecorder> recorder,
            ObjectProvider<JobInterceptor> interceptors,
            ObjectProvider<AwaWorkerCustomizer> customizers) {
        return new WorkerLifecycle(
                awa,
                properties.worker(),
                beans,
                recorder.getIfAvailable(() -> WorkerRecorder.NONE),
                interceptors.orderedStream().toList(),
                customizers.orderedStream().toList());
    }
}
