package io.awa.reactive.shop;

import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.admin.JobState;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.core.ParameterizedTypeReference;
import org.springframework.http.MediaType;
import org.springframework.http.codec.ServerSentEvent;
import org.springframework.test.web.reactive.server.WebTestClient;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

class ShopTest {

    // Seconds of progress: whoever listens is there in time on a slow machine as well.
    private static final int MANY = 12;

    private static Shop shop;
    private static WebTestClient client;

    @BeforeAll
    static void open() {
        shop = new Shop();
        client = shop.client();
    }

    @AfterAll
    static void close() {
        shop.close();
    }

    @Test
    void anOrderIsFulfilledAndItsProgressIsHeard() {
        Placed placed = client.post()
                .uri("/orders")
                .bodyValue(Map.of("customer", "Ada", "items", MANY))
                .exchange()
                .expectStatus()
                .isCreated()
                .returnResult(Placed.class)
                .getResponseBody()
                .blockFirst(Duration.ofSeconds(20));

        List<Step> steps = client.get()
                .uri("/jobs/{job}/events", placed.job())
                .accept(MediaType.TEXT_EVENT_STREAM)
                .exchange()
                .expectStatus()
                .isOk()
                .returnResult(Step.class)
                .getResponseBody()
                .collectList()
                .block(Duration.ofSeconds(30));

        assertThat(steps).last().isEqualTo(new Step(JobState.COMPLETED, 100, "shipped"));
        assertThat(steps).extracting(Step::percent).isSorted();
        assertThat(steps)
                .as("progress came while it ran")
                .anyMatch(step -> step.state() == JobState.RUNNING && step.percent() >= 25 && step.percent() < 100);
        assertThat(shop.one("select (shipped_at is not null)::text from orders where id = " + placed.order()))
                .isEqualTo("true");
    }

    /** A browser whose connection was lost says which event it got last. */
    @Test
    void whoComesBackHearsTheRest() {
        Placed placed = place(MANY);
        List<ServerSentEvent<Step>> all = events(placed, null);
        assertThat(all)
                .extracting(event -> event.data().state())
                .contains(JobState.RUNNING)
                .last()
                .isEqualTo(JobState.COMPLETED);
        for (int i = 0; i < all.size(); i++) {
            assertThat(events(placed, all.get(i).id()))
                    .extracting(ServerSentEvent::data)
                    .as("after event %s", i)
                    .isEqualTo(all.subList(i + 1, all.size()).stream()
                            .map(ServerSentEvent::data)
                            .toList());
        }
    }

    @Test
    void aCursorOfAnotherJobIsABadRequest() {
        Placed placed = place(1);
        client.get()
                .uri("/jobs/{job}/events", placed.job())
                .header("Last-Event-ID", "nonsense")
                .exchange()
                .expectStatus()
                .isBadRequest();
    }

    private static Placed place(int items) {
        return client.post()
                .uri("/orders")
                .bodyValue(Map.of("customer", "Ada", "items", items))
                .exchange()
                .returnResult(Placed.class)
                .getResponseBody()
                .blockFirst(Duration.ofSeconds(20));
    }

    private static List<ServerSentEvent<Step>> events(Placed placed, String last) {
        return client.get()
                .uri("/jobs/{job}/events", placed.job())
                .accept(MediaType.TEXT_EVENT_STREAM)
                .headers(headers -> {
                    if (last != null) {
                        headers.set("Last-Event-ID", last);
                    }
                })
                .exchange()
                .expectStatus()
                .isOk()
                .returnResult(new ParameterizedTypeReference<ServerSentEvent<Step>>() {})
                .getResponseBody()
                .collectList()
                .block(Duration.ofSeconds(30));
    }

    @Test
    void prometheusScrapesWhatTheWorkerMeasures() {
        client.post()
                .uri("/orders")
                .bodyValue(Map.of("customer", "Grace", "items", 1))
                .exchange()
                .expectStatus()
                .isCreated();

        Set<String> wanted = Set.of(
                "awa_job_completed_total{kind=\"fulfil_order\",queue=\"orders\"}",
                "awa_job_wait_seconds_count{kind=\"fulfil_order\",queue=\"orders\"}",
                "awa_job_capacity{queue=\"orders\"} 32.0",
                "awa_job_enqueue_seconds_count{error=\"none\",kind=\"fulfil_order\",outcome=\"inserted\",queue=\"orders\"}",
                "awa_job_execute_seconds_count{error=\"none\",kind=\"fulfil_order\",outcome=\"completed\",queue=\"orders\"}");
        String scrape = Mono.fromCallable(this::scrape)
                .subscribeOn(Schedulers.boundedElastic())
                .repeatWhen(answers -> answers.delayElements(Duration.ofMillis(100)))
                .takeUntil(text -> wanted.stream().allMatch(text::contains))
                .take(Duration.ofSeconds(20))
                .blockLast();

        assertThat(scrape).contains(wanted);
    }

    private String scrape() {
        return client.get()
                .uri("/actuator/prometheus")
                .exchange()
                .expectStatus()
                .isOk()
                .returnResult(String.class)
                .getResponseBody()
                .collectList()
                .map(lines -> String.join("\n", lines))
                .block(Duration.ofSeconds(10));
    }

    @Test
    void aRefusedOrderLeavesNeitherRowNorJob() {
        String rows = shop.one("select count(*)::text from orders");

        client.post()
                .uri("/orders")
                .bodyValue(Map.of("customer", "Ada", "items", 21))
                .exchange()
                .expectStatus()
                .isBadRequest()
                .expectBody()
                .jsonPath("$.detail")
                .value(detail -> assertThat((String) detail).contains("items: is 21 and must be 1 to 20"));

        assertThat(shop.one("select count(*)::text from orders")).isEqualTo(rows);
    }

    @Test
    void aJobNobodyKnowsIsNotFound() {
        client.get().uri("/jobs/4398046511105/events").exchange().expectStatus().isNotFound();
    }
}
