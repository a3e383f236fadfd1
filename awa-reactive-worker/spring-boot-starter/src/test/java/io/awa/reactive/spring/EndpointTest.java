package io.awa.reactive.spring;

import io.awa.reactive.job.JobType;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.test.web.reactive.server.WebTestClient;

class EndpointTest {

    record Mail(String to) {}

    static final JobType<Mail> MAIL = JobType.of("mail", Mail.class).queue("mail");

    static class Handler {
        @JobHandler(value = "mail", queue = "mail")
        void send(Mail mail) {}
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Application {
        @Bean
        Handler handler() {
            return new Handler();
        }
    }

    private static ConfigurableApplicationContext context;
    private static WebTestClient client;

    @BeforeAll
    static void start() {
        context = Boots.start(
                new Class<?>[] {Application.class},
                WebApplicationType.REACTIVE,
                "server.port=0",
                "management.endpoints.web.exposure.include=awa,health,metrics",
                "management.endpoint.health.show-details=always");
        client = WebTestClient.bindToServer()
                .baseUrl("http://localhost:" + context.getEnvironment().getProperty("local.server.port") + "/actuator")
                .responseTimeout(Duration.ofSeconds(20))
                .build();
    }

    @AfterAll
    static void stop() {
        context.close();
    }

    @Test
    void aQueueIsPausedLookedAtAndResumed() {
        post("mail", "pause")
                .expectStatus()
                .isOk()
                .expectBody()
                .jsonPath("$.changed")
                .isEqualTo(true);
        HandlersTest.stored(context.getBean(Jobs.class).enqueue(MAIL.with(new Mail("a"))));

        inTime(() -> client.get()
                .uri("/awa/mail")
                .exchange()
                .expectStatus()
                .isOk()
                .expectBody()
                .jsonPath("$.figures.depth")
                .isEqualTo(1));
        client.get()
                .uri("/awa")
                .exchange()
                .expectStatus()
                .isOk()
                .expectBody()
                .jsonPath("$.queues.mail.available")
                .isEqualTo(1)
                .jsonPath("$.worker.running")
                .isEqualTo(0);

        post("mail", "resume")
                .expectStatus()
                .isOk()
                .expectBody()
                .jsonPath("$.changed")
                .isEqualTo(true);
        post("mail", "resume")
                .expectStatus()
                .isOk()
                .expectBody()
                .jsonPath("$.changed")
                .isEqualTo(false);
    }

    @Test
    void theApplicationsHealthHasTheWorkers() {
        inTime(() -> client.get()
                .uri("/health")
                .exchange()
                .expectStatus()
                .isOk()
                .expectBody()
                .jsonPath("$.components.awa.status")
                .isEqualTo("UP")
                .jsonPath("$.components.awa.details.queues.mail.inFlight")
                .isEqualTo(0));
    }

    @Test
    void theApplicationsMetersHaveTheWorkers() {
        client.get()
                .uri("/metrics/awa.job.capacity")
                .exchange()
                .expectStatus()
                .isOk()
                .expectBody()
                .jsonPath("$.availableTags[0].tag")
                .isEqualTo("queue")
                .jsonPath("$.availableTags[0].values[0]")
                .isEqualTo("mail");
    }

    @Test
    void whatItDoesNotKnowIsRefused() {
        client.get().uri("/awa/nowhere").exchange().expectStatus().isNotFound();
        post("mail", "explode").expectStatus().isBadRequest();
    }

    /** The database has a second for an answer of these: one that comes later says that it is not known. */
    private static void inTime(Runnable look) {
        long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (true) {
            try {
                look.run();
                return;
            } catch (AssertionError e) {
                if (System.nanoTime() > deadline) {
                    throw e;
                }
                LockSupport.parkNanos(50_000_000);
            }
        }
    }

    private static WebTestClient.ResponseSpec post(String queue, String action) {
        return client.post()
                .uri("/awa/" + queue)
                .bodyValue(Map.of("action", action, "by", "test"))
                .exchange();
    }
}
