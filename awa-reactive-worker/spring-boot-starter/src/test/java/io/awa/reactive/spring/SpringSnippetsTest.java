package io.awa.reactive.spring;

import static io.awa.reactive.spring.SpringSnippetsTest.RECEIPT;
import static io.awa.reactive.spring.SpringSnippetsTest.mail;
import static io.awa.reactive.spring.SpringSnippetsTest.writeSlowly;
import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.Awa;
import io.awa.reactive.admin.JobState;
import io.awa.reactive.cron.CronSchedule;
import io.awa.reactive.enqueue.Enqueued;
import io.awa.reactive.job.JobId;
import io.awa.reactive.job.JobType;
import io.awa.reactive.spring.SpringSnippetsTest.NoAddress;
import io.awa.reactive.spring.SpringSnippetsTest.Receipt;
import io.awa.reactive.testkit.AwaPostgres;
import io.awa.reactive.worker.ActiveJob;
import io.awa.reactive.worker.Backoff;
import io.awa.reactive.worker.Outcome;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.EnableTransactionManagement;
import org.springframework.transaction.annotation.Transactional;
import reactor.core.publisher.Mono;

/**
 * The Java of the page on Spring Boot: each part between {@code // [name]} and {@code // [end]} is a block of it, word for
 * word, which the quickstart's ReadmeSnippetsTest compares. Here they run.
 */
@Timeout(120)
class SpringSnippetsTest {

    record Receipt(long order) {}

    static final JobType<Receipt> RECEIPT = JobType.of("receipt", Receipt.class).queue("mail");
    static final JobType<Receipt> REPORT = JobType.of("report", Receipt.class).queue("mail");

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @EnableTransactionManagement
    static class Application {

        // [spring-customizer]
        @Bean
        AwaWorkerCustomizer nightly() {
            return worker -> worker.schedule(CronSchedule.of("nightly", "0 3 * * *", REPORT.with(new Receipt(0))))
                    .queue("mail", queue -> queue.backoff(Backoff.fixed(Duration.ofSeconds(30))));
        }
        // [end]
    }

    @Test
    void theExamplesDoWhatTheySay() {
        AwaPostgres postgres = AwaPostgres.shared();
        String tables = postgres.freshSchema("snippets");
        postgres.query("CREATE SCHEMA " + tables).blockLast();
        postgres.query("CREATE TABLE " + tables + ".orders (id bigint PRIMARY KEY)")
                .blockLast();
        Class<?>[] beans = {Application.class, Orders.class, Receipts.class};
        try (ConfigurableApplicationContext context =
                Boots.start(beans, WebApplicationType.NONE, "spring.r2dbc.properties.schema=" + tables)) {
            Orders orders = context.getBean(Orders.class);
            JobId sent = HandlersTest.stored(orders.place(7));
            JobId refused = HandlersTest.stored(orders.place(404));
            assertThat(End.of(context, sent)).isEqualTo(JobState.COMPLETED);
            assertThat(End.of(context, refused)).isEqualTo(JobState.FAILED);
            assertThat(context.getBean(Awa.class).schedules().get("nightly").block(Duration.ofSeconds(10)))
                    .isNotNull();
        } finally {
            postgres.drop(tables).block();
        }
    }

    static Mono<Void> mail(String text) {
        return text.endsWith(" 404") ? Mono.error(new NoAddress()) : Mono.empty();
    }

    static void writeSlowly(Receipt receipt) {
        assertThat(receipt.order()).isNotNegative();
    }

    static final class NoAddress extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }
}

// [spring-enqueue]
@Component
class Orders {

    private final DatabaseClient database;
    private final Jobs jobs;

    Orders(DatabaseClient database, Jobs jobs) {
        this.database = database;
        this.jobs = jobs;
    }

    @Transactional
    public Mono<Enqueued> place(long order) {
        return database.sql("INSERT INTO orders VALUES (:id)")
                .bind("id", order)
                .then()
                .then(jobs.enqueue(RECEIPT.with(new Receipt(order))));
    }
}
// [end]

// [spring-handlers]
@Component
class Receipts {

    @JobHandler(value = "receipt", queue = "mail", workers = 64)
    Mono<Outcome> send(Receipt receipt, ActiveJob<Receipt> job) {
        return mail("receipt of order " + receipt.order())
                .thenReturn(Outcome.done())
                .onErrorResume(NoAddress.class, none -> Mono.just(Outcome.fail(none)));
    }

    @JobHandler(value = "report", queue = "mail")
    void report(Receipt receipt) {
        writeSlowly(receipt);
    }
}
// [end]
