package io.awa.reactive.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.awa.reactive.Awa;
import io.awa.reactive.admin.JobState;
import io.awa.reactive.enqueue.Enqueued;
import io.awa.reactive.job.JobType;
import io.awa.reactive.testkit.AwaPostgres;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.transaction.annotation.EnableTransactionManagement;
import org.springframework.transaction.annotation.Transactional;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Jobs and rows of one transaction: both or neither. */
class JobsTest {

    record Receipt(int order) {}

    static final JobType<Receipt> RECEIPT = JobType.of("receipt", Receipt.class).queue("mail");

    static class Orders {

        private final DatabaseClient database;
        private final Jobs jobs;

        Orders(DatabaseClient database, Jobs jobs) {
            this.database = database;
            this.jobs = jobs;
        }

        @Transactional
        public Mono<Enqueued> place(int order) {
            return insert(order).then(jobs.enqueue(RECEIPT.with(new Receipt(order))));
        }

        @Transactional
        public Mono<Void> placeTwo(int first, int second) {
            return place(first).then(place(second)).then();
        }

        @Transactional
        public Mono<Void> placeAndFail(int order) {
            return place(order).then(Mono.error(new IllegalStateException("no stock")));
        }

        @Transactional
        public Mono<Long> placeMany(int from, int count) {
            return insert(from)
                    .then(jobs.enqueueAll(RECEIPT, Flux.range(from, count).map(Receipt::new)));
        }

        @Transactional
        public Mono<List<Long>> sees(int order) {
            return place(order)
                    .then(database.sql("select count(*) from orders")
                            .map(row -> row.get(0, Long.class))
                            .one()
                            .map(List::of));
        }

        private Mono<Void> insert(int order) {
            return database.sql("insert into orders values (:id)")
                    .bind("id", order)
                    .then();
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @EnableTransactionManagement
    static class Application {
        @Bean
        Orders orders(DatabaseClient database, Jobs jobs) {
            return new Orders(database, jobs);
        }
    }

    private static final AwaPostgres POSTGRES = AwaPostgres.shared();
    private static final String TABLES = POSTGRES.freshSchema("shop");
    private static ConfigurableApplicationContext context;
    private static Orders orders;

    @BeforeAll
    static void start() {
        POSTGRES.query("create schema " + TABLES).blockLast();
        POSTGRES.query("create table " + TABLES + ".orders (id int primary key)")
                .blockLast();
        context = Boots.start(
                Application.class,
                "spring.r2dbc.properties.schema=" + TABLES,
                "spring.r2dbc.pool.initial-size=1",
                "spring.r2dbc.pool.max-size=2");
        orders = context.getBean(Orders.class);
    }

    @AfterAll
    static void stop() {
        context.close();
        POSTGRES.drop(TABLES).block();
    }

    @Test
    void aJobCommitsWithItsRow() {
        Enqueued stored = orders.place(1).block(Duration.ofSeconds(10));

        assertThat(rows(1)).isEqualTo(1);
        assertThat(context.getBean(Awa.class).admin().job(stored.id()).block().state())
                .isEqualTo(JobState.AVAILABLE);
    }

    @Test
    void aRollbackTakesBoth() {
        long before = waiting();

        assertThatThrownBy(() -> orders.placeAndFail(2).block(Duration.ofSeconds(10)))
                .hasMessageContaining("no stock");

        assertThat(rows(2)).isZero();
        assertThat(waiting()).isEqualTo(before);
    }

    @Test
    void severalJobsInNestedCallsAreOfOneTransaction() {
        long before = waiting();

        orders.placeTwo(3, 4).block(Duration.ofSeconds(10));
        // The second insert meets the first transaction's row: everything of it goes.
        assertThat(orders.placeTwo(5, 3)
                        .thenReturn("stored")
                        .onErrorReturn("refused")
                        .block(Duration.ofSeconds(10)))
                .isEqualTo("refused");

        assertThat(rows(5)).isZero();
        assertThat(waiting()).isEqualTo(before + 2);
    }

    @Test
    void aStreamIsOfTheTransactionToo() {
        long before = waiting();

        assertThat(orders.placeMany(100, 5_000).block(Duration.ofSeconds(20))).isEqualTo(5_000);
        assertThat(orders.placeMany(100, 5_000)
                        .thenReturn("stored")
                        .onErrorReturn("refused")
                        .block(Duration.ofSeconds(20)))
                .isEqualTo("refused");

        assertThat(waiting()).isEqualTo(before + 5_000);
    }

    @Test
    void theTransactionGoesOnAfterTheEnqueue() {
        assertThat(orders.sees(6).block(Duration.ofSeconds(10))).allMatch(count -> count >= 1);
        assertThat(rows(6)).isEqualTo(1);
    }

    @Test
    void withoutATransactionAJobIsStoredAtOnce() {
        Enqueued stored = context.getBean(Jobs.class)
                .enqueue(RECEIPT.with(new Receipt(7)))
                .block(Duration.ofSeconds(10));

        assertThat(context.getBean(Awa.class).admin().job(stored.id()).block().state())
                .isEqualTo(JobState.AVAILABLE);
    }

    private static long rows(int order) {
        return Long.parseLong(POSTGRES.query("select count(*)::text from " + TABLES + ".orders where id = " + order)
                .blockLast());
    }

    // Of committed jobs: positions of those rolled back do not count in the list.
    private static long waiting() {
        String schema = context.getBean(Awa.class).schema();
        return Long.parseLong(
                POSTGRES.query("select sum(n)::text from (select count(*) n from \"" + schema + "\".jobs_0) x")
                        .blockLast());
    }
}
