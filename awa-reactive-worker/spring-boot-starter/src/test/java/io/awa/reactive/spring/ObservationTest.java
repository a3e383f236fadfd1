package io.awa.reactive.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.job.JobType;
import io.awa.reactive.observation.AwaObservation;
import io.awa.reactive.observation.JobTracingObservationHandler;
import io.awa.reactive.worker.ActiveJob;
import io.awa.reactive.worker.Outcome;
import io.micrometer.observation.ObservationRegistry;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.SpanProcessor;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.slf4j.MDC;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.test.web.reactive.server.WebTestClient;
import org.springframework.transaction.annotation.EnableTransactionManagement;
import org.springframework.transaction.reactive.TransactionalOperator;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** A request, the job it enqueues in its transaction, and the attempts of that: one trace, and one that is linked. */
class ObservationTest {

    record Mail(String to) {}

    static final JobType<Mail> MAIL =
            JobType.of("mail", Mail.class).queue("mail").maxAttempts(2);

    private static final Queue<Map<String, String>> FIELDS = new ConcurrentLinkedQueue<>();
    private static final InMemorySpanExporter SPANS = InMemorySpanExporter.create();

    @RestController
    static class Orders {

        private final Jobs jobs;
        private final TransactionalOperator transaction;

        Orders(Jobs jobs, TransactionalOperator transaction) {
            this.jobs = jobs;
            this.transaction = transaction;
        }

        @PostMapping("/orders")
        Mono<String> order() {
            return jobs.enqueue(MAIL.with(new Mail("ada")))
                    .as(transaction::transactional)
                    .map(stored -> stored.id().toString());
        }
    }

    static class Handler {

        @JobHandler(value = "mail", queue = "mail")
        Outcome send(Mail mail, ActiveJob<Mail> job) {
            FIELDS.add(Map.copyOf(MDC.getCopyOfContextMap()));
            return job.attempt() == 1 ? Outcome.retryAfter(Duration.ofMillis(10), "once more") : Outcome.done();
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @EnableTransactionManagement
    static class Application {

        @Bean
        Handler handler() {
            return new Handler();
        }

        @Bean
        Orders orders(Jobs jobs, TransactionalOperator transaction) {
            return new Orders(jobs, transaction);
        }

        @Bean
        SpanExporter spans() {
            return SPANS;
        }

        @Bean
        SpanProcessor atOnce() {
            return SimpleSpanProcessor.create(SPANS);
        }
    }

    @Test
    void aRequestsTraceGoesOnInItsJob() {
        try (ConfigurableApplicationContext context = Boots.start(
                new Class<?>[] {Application.class},
                WebApplicationType.REACTIVE,
                "server.port=0",
                "management.tracing.sampling.probability=1.0")) {
            assertThat(context.getBean(AwaObservation.class)).isNotNull();
            assertThat(context.getBean(JobTracingObservationHandler.class)).isNotNull();
            String id = WebTestClient.bindToServer()
                    .baseUrl("http://localhost:" + context.getEnvironment().getProperty("local.server.port"))
                    .build()
                    .post()
                    .uri("/orders")
                    .exchange()
                    .expectStatus()
                    .isOk()
                    .returnResult(String.class)
                    .getResponseBody()
                    .blockFirst(Duration.ofSeconds(20));
            Flux.interval(Duration.ofMillis(10))
                    .filter(tick -> named("execute mail").size() >= 2
                            && !named("http post /orders").isEmpty())
                    .blockFirst(Duration.ofSeconds(30));

            SpanData request = named("http post /orders").get(0);
            SpanData enqueue = named("enqueue mail").get(0);
            SpanData first = named("execute mail").get(0);
            SpanData second = named("execute mail").get(1);
            assertThat(enqueue.getTraceId()).isEqualTo(request.getTraceId());
            assertThat(enqueue.getParentSpanId()).isEqualTo(request.getSpanId());
            assertThat(first.getParentSpanId()).isEqualTo(enqueue.getSpanId());
            assertThat(second.getTraceId()).isNotEqualTo(request.getTraceId());
            assertThat(second.getLinks().get(0).getSpanContext().getSpanId()).isEqualTo(enqueue.getSpanId());
            assertThat(FIELDS)
                    .hasSize(2)
                    .allSatisfy(fields -> assertThat(fields)
                            .containsEntry("awa.job.id", id)
                            .containsEntry("awa.job.kind", "mail")
                            .containsKey("traceId"));
        }
    }

    /** An application without observations still names its jobs in the log, and nothing else stands around its handlers. */
    @Test
    void withoutARegistryNothingIsObserved() {
        try (ConfigurableApplicationContext context = Boots.start(
                Application.class,
                "spring.autoconfigure.exclude="
                        + "org.springframework.boot.micrometer.observation.autoconfigure.ObservationAutoConfiguration")) {
            assertThat(context.getBeanNamesForType(ObservationRegistry.class)).isEmpty();
            assertThat(context.getBeanNamesForType(AwaObservation.class)).isEmpty();
            assertThat(context.containsBean("awaJobMdc")).isTrue();
        }
    }

    private static List<SpanData> named(String name) {
        return SPANS.getFinishedSpanItems().stream()
                .filter(span -> span.getName().equals(name))
                .sorted((a, b) -> Long.compare(a.getStartEpochNanos(), b.getStartEpochNanos()))
                .toList();
    }
}
