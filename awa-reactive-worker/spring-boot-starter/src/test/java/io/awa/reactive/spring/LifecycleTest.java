package io.awa.reactive.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.awa.reactive.Awa;
import io.awa.reactive.admin.JobState;
import io.awa.reactive.job.JobId;
import io.awa.reactive.job.JobType;
import io.awa.reactive.testkit.AwaPostgres;
import io.awa.reactive.worker.Outcome;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.r2dbc.core.DatabaseClient;
import reactor.core.publisher.Mono;

class LifecycleTest {

    record Slow(int millis) {}

    static final JobType<Slow> SLOW = JobType.of("slow", Slow.class);

    static class Handler {

        final CountDownLatch begun = new CountDownLatch(1);
        private final DatabaseClient database;

        Handler(DatabaseClient database) {
            this.database = database;
        }

        @JobHandler("slow")
        Mono<Outcome> work(Slow slow) {
            begun.countDown();
            return Mono.delay(Duration.ofMillis(slow.millis()))
                    .then(database.sql("select 1").fetch().one())
                    .thenReturn(Outcome.done());
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Application {
        @Bean
        Handler handler(DatabaseClient database) {
            return new Handler(database);
        }
    }

    @EnableAutoConfiguration
    static class Bare {}

    @Test
    void handlersEndOnTheApplicationsPoolBeforeItCloses() throws Exception {
        String schema = AwaPostgres.shared().freshSchema();
        ConfigurableApplicationContext context = Boots.start(Application.class, "awa.schema=" + schema);
        JobId id = HandlersTest.stored(context.getBean(Jobs.class).enqueue(SLOW.with(new Slow(500))));
        assertThat(context.getBean(Handler.class).begun.await(60, TimeUnit.SECONDS))
                .isTrue();

        context.close();

        assertThat(state(schema, id)).isEqualTo(JobState.COMPLETED);
    }

    @Test
    void theWorkerCanBeSwitchedOff() {
        String schema = AwaPostgres.shared().freshSchema();
        try (ConfigurableApplicationContext context =
                Boots.start(Application.class, "awa.schema=" + schema, "awa.worker.enabled=false")) {
            JobId id = HandlersTest.stored(context.getBean(Jobs.class).enqueue(SLOW.with(new Slow(0))));
            assertThat(context.getBeanProvider(WorkerLifecycle.class).getIfAvailable())
                    .isNull();
            assertThat(state(schema, id)).isEqualTo(JobState.AVAILABLE);
        }
    }

    @Test
    void aSchemaThatIsNotThereStopsAStartThatOnlyLooks() {
        assertThatThrownBy(() -> Boots.start(Bare.class, "awa.migrate=validate"))
                .hasStackTraceContaining("has version 0 and this library needs");
    }

    @Test
    void aSchemaThatIsUpToDateIsTaken() {
        String schema = AwaPostgres.shared().freshSchema();
        Boots.start(Bare.class, "awa.schema=" + schema).close();

        Boots.start(Bare.class, "awa.schema=" + schema, "awa.migrate=validate").close();
    }

    @Test
    void propertiesThatNobodyReadsStopTheStart() {
        assertThatThrownBy(() -> Boots.start(Bare.class, "awa.worker.queues.mail.wrokers=3"))
                .hasStackTraceContaining("awa.worker.queues.mail.wrokers");
    }

    @Test
    void valuesOutOfRangeNameTheirPropertyAndTheLimit() {
        assertThatThrownBy(() -> Boots.start(Bare.class, "awa.worker.queues.mail.workers=0"))
                .hasStackTraceContaining("worker.queues[mail].workers")
                .hasStackTraceContaining("greater than or equal to 1");
        assertThatThrownBy(() -> Boots.start(Application.class, "awa.worker.rescue.staleness=1s"))
                .hasStackTraceContaining("rescue.staleness")
                .hasStackTraceContaining("at least three times the heartbeat");
    }

    private static JobState state(String schema, JobId id) {
        Awa awa = Awa.builder(AwaPostgres.shared().connections()).schema(schema).build();
        return awa.admin().job(id).map(view -> view.state()).block(Duration.ofSeconds(10));
    }
}
