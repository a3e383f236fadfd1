package io.awa.reactive.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;

/** What Prometheus gets. */
class ScrapeTest {

    @Test
    void aScrapeOverHttpHasTheNamesPeopleLookFor() throws IOException, InterruptedException {
        PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        DisposableServer server = HttpServer.create()
                .host("127.0.0.1")
                .port(0)
                .route(routes -> routes.get(
                        "/metrics", (request, response) -> response.sendString(Mono.fromSupplier(registry::scrape))))
                .bindNow();
        try (Works works = new Works(AwaMetrics.on(registry, 10, Duration.ofSeconds(1)))) {
            works.enqueue("done", "fail", "retry");
            Works.until(
                    () -> registry.scrape(),
                    () -> works.worker.stats().completed() == 2
                            && works.worker.stats().failed() == 1
                            && registry.scrape().contains("awa_queue_depth{queue=\"q\"} 0.0")
                            && registry.scrape().contains("awa_leader 1.0"));

            HttpResponse<String> answer = HttpClient.newHttpClient()
                    .send(
                            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + "/metrics"))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString());

            assertThat(answer.statusCode()).isEqualTo(200);
            List<String> lines = answer.body().lines().toList();
            assertThat(lines)
                    .contains(
                            "awa_job_completed_total{kind=\"say\",queue=\"q\"} 2.0",
                            "awa_job_failed_total{kind=\"say\",queue=\"q\"} 1.0",
                            "awa_job_retried_total{kind=\"say\",queue=\"q\"} 1.0",
                            "awa_job_claimed_total{queue=\"q\"} 4.0",
                            "awa_job_duration_seconds_count{kind=\"say\",queue=\"q\"} 4",
                            "awa_leader_epoch 1.0",
                            "awa_job_capacity{queue=\"q\"} 5.0");
            assertThat(lines)
                    .anyMatch(line -> line.startsWith("awa_job_wait_seconds_bucket{kind=\"say\",queue=\"q\",le="));
            assertThat(lines).anyMatch(line -> line.startsWith("awa_queue_lag_seconds{queue=\"q\"}"));
            assertThat(lines).anyMatch(line -> line.startsWith("awa_maintenance_signal_total{result="));
        } finally {
            server.disposeNow();
        }
    }
}
