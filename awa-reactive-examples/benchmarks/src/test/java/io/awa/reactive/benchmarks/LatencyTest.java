package io.awa.reactive.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.testkit.AwaPostgres;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class LatencyTest {

    @Test
    void eachJobIsTimedFromWhenItWasDue() {
        JsonNode report = measured("--rate", "200", "--seconds", "2", "--warmup", "1", "--idle", "4");

        assertSound(report, 400);
        assertThat(report.get("apart").asBoolean()).isFalse();
        assertThat(report.get("idle_statements_per_s").asDouble()).isBetween(0.1, 30.0);
        assertThat(report.get("idle_statements_leader_per_s").asDouble()).isPositive();
        assertThat(report.get("idle_by_statement").propertyNames()).contains("claim");
    }

    @Test
    void workersOfAnotherProcessHearOfJobs() {
        JsonNode report = measured("--rate", "100", "--seconds", "2", "--warmup", "1", "--idle", "0", "--apart");

        assertSound(report, 200);
        assertThat(report.get("apart").asBoolean()).isTrue();
        assertThat(report.get("claims_in_all").asLong()).isPositive();
        assertThat(report.has("idle_statements_per_s")).isFalse();
    }

    @Test
    void whatLagsBehindCounts() {
        Journal journal = new Journal(2);
        List<Long> offered = new ArrayList<>();
        Metronome.run(0, 2, 1_000, (id, due) -> {
            offered.add(due);
            journal.due(id, due);
            if (id == 0) {
                Pause.of(Duration.ofMillis(50));
            }
            journal.answered(id, System.nanoTime());
            journal.started(id, System.nanoTime());
            journal.ended(id, System.nanoTime());
        });

        assertThat(offered.get(1) - offered.get(0)).isEqualTo(1_000_000);
        Histogram whole = journal.whole(0, 2);
        assertThat(whole.getMinValue())
                .as("the second was due while the first was in the way")
                .isGreaterThan(45_000);
        assertThat(journal.endedCount()).isEqualTo(2);
        assertThat(journal.duplicates()).isZero();
        journal.started(1, System.nanoTime());
        assertThat(journal.duplicates()).isOne();
    }

    private static void assertSound(JsonNode report, int jobs) {
        assertThat(report.get("lost").asInt()).isZero();
        assertThat(report.get("duplicates").asInt()).isZero();
        assertThat(report.get("depth_after").asLong()).isZero();
        assertThat(report.get("settled").asBoolean()).isTrue();
        assertThat(report.get("measured").asInt()).isEqualTo(jobs);
        assertThat(report.get("pickup_p50_ms").asDouble())
                .isLessThanOrEqualTo(report.get("pickup_p99_ms").asDouble());
        assertThat(report.get("e2e_p50_ms").asDouble())
                .isPositive()
                .isGreaterThanOrEqualTo(report.get("pickup_p50_ms").asDouble())
                .isLessThanOrEqualTo(report.get("e2e_p99_ms").asDouble());
        assertThat(report.get("max_ms").asDouble())
                .isGreaterThanOrEqualTo(report.get("e2e_p99_ms").asDouble());
    }

    private static JsonNode measured(String... args) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        List<String> all = new ArrayList<>(
                List.of("latency", "--database-url", AwaPostgres.shared().url()));
        all.addAll(List.of(args));
        int code = Main.run(new PrintWriter(out, true), new PrintWriter(err, true), all.toArray(String[]::new));
        assertThat(code).as(err.toString()).isZero();
        return JsonMapper.shared().readTree(out.toString());
    }
}
