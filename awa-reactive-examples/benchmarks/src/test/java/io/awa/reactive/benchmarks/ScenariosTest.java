package io.awa.reactive.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.testkit.AwaPostgres;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class ScenariosTest {

    private static final JsonMapper JSON = JsonMapper.shared();

    @Test
    void endToEndLosesNothingAndSaysWhatItCost() {
        JsonNode report = measured("e2e", "--seconds", "2", "--warmup", "1", "--depth-mark", "20000");

        assertInvariants(report);
        assertThat(report.get("jobs_per_s").asDouble()).isPositive();
        assertThat(report.get("depth_after").asLong()).isZero();
        assertThat(report.get("drained").asBoolean()).isTrue();
        assertThat(report.get("enqueued").asLong())
                .isEqualTo(report.get("completed").asLong())
                .isPositive();
        // No less than a payload in the long run; in a moment, workers may end what was written before it.
        assertThat(report.get("wal_bytes_per_job").asDouble()).isPositive();
        assertThat(report.get("p50_ms").asDouble())
                .isLessThanOrEqualTo(report.get("p99_ms").asDouble());
        assertThat(names(report))
                .contains(
                        "wal_records_per_job",
                        "claims",
                        "flushes",
                        "commits_per_job",
                        "dead_tuples",
                        "jvm_cpu_s",
                        "postgres_cpu_s");
        assertThat(report.get("server").get("full_page_writes").asString()).isEqualTo("on");
    }

    @Test
    void aFixedRateIsOfferedJobByJob() {
        JsonNode report = measured("e2e", "--seconds", "2", "--warmup", "1", "--rate", "500");

        assertInvariants(report);
        assertThat(report.get("producer_api").asString()).isEqualTo("enqueue");
        assertThat(report.get("measured_offered").asLong())
                .as("about a thousand, and more where the machine stood still before; without a rate, far more")
                .isBetween(1L, 5_000L);
        assertThat(report.get("completed").asLong()).isPositive();
    }

    @Test
    void overheadComparesFeaturesWithTheBareQueue() {
        JsonNode report = measured(
                "overhead",
                "--seconds",
                "2",
                "--warmup",
                "0",
                "--rounds",
                "1",
                "--only",
                "tracing,deadline",
                "--depth-mark",
                "20000");

        assertThat(report.get("lost").asLong()).isZero();
        assertThat(report.get("duplicates").asLong()).isZero();
        JsonNode features = report.get("features");
        assertThat(features.propertyNames()).containsExactlyInAnyOrder("tracing", "deadline", "bare");
        assertThat(features.get("bare").get("ratio").asDouble()).isEqualTo(1);
        assertThat(features.get("bare").get("extra_jvm_us").asDouble()).isZero();
        assertThat(features.get("bare").get("extras_bytes_per_job").asDouble()).isZero();
        for (JsonNode feature : features) {
            assertThat(feature.get("jobs_per_s").asDouble()).isPositive();
            assertThat(feature.get("wal_bytes_per_job").asDouble()).isPositive();
        }
        assertThat(features.get("tracing").get("extras_bytes_per_job").asDouble())
                .as("a traceparent travels with each job: 55 characters and its name")
                .isGreaterThan(66);
        assertThat(features.get("deadline").get("extras_bytes_per_job").asDouble())
                .as("300,000 ms travel with each job")
                .isGreaterThan(14);
    }

    @Test
    void drainWorksOffWhatWasEnqueued() {
        JsonNode report = measured("drain", "--jobs", "3000", "--binary", "--loops", "5");

        assertInvariants(report);
        assertThat(report.get("completed").asLong()).isEqualTo(3_000);
        assertThat(report.get("jobs_per_s").asDouble()).isPositive();
        assertThat(report.get("depth_after").asLong()).isZero();
    }

    @Test
    void enqueueMeasuresEachWay() {
        JsonNode report = measured("enqueue", "--seconds", "1", "--in-flight", "32");

        assertThat(report.get("lost").asLong()).isZero();
        for (String way : List.of("copy", "array", "transaction", "single", "single_serial")) {
            assertThat(report.get(way + "_per_s").asDouble()).as(way).isPositive();
        }
    }

    @Test
    void claimDepthMeasuresEachDepth() {
        JsonNode report =
                measured("claim-depth", "--max-depth", "0", "--depth", "10000", "--claims", "5", "--claim", "20");

        JsonNode depths = report.get("depths");
        assertThat(depths.size()).isEqualTo(2);
        assertThat(depths.get(1).get("depth").asInt()).isEqualTo(10_000);
        assertThat(depths.get(1).get("claim_ms").asDouble()).isPositive();
        assertThat(depths.get(1).get("buffers").asLong()).isBetween(1L, 200L);
        assertThat(report.get("ratio_max").asDouble()).isEqualTo(1.0);
        assertThat(report.get("dead_tuples_job_tables").asLong()).isZero();
    }

    @Test
    void walIsCountedForEachBatch() {
        JsonNode report = measured("wal", "--jobs", "1024");

        JsonNode batches = report.get("batches");
        assertThat(report.get("lost").asLong()).isZero();
        assertThat(batches.size()).isEqualTo(3);
        for (JsonNode batch : batches) {
            assertThat(batch.get("bytes_per_job").asDouble()).isGreaterThan(256);
            assertThat(batch.get("dead_tuples_job_tables").asLong()).isZero();
            if (report.get("walinspect").asBoolean()) {
                assertThat(batch.get("records_per_job").asDouble()).isPositive();
                assertThat(batch.get("by_type").has("Heap2")).isTrue();
            }
        }
    }

    @Test
    void scheduledJobsArePromotedAndCounted() {
        JsonNode report = measured("scheduled", "--jobs", "20000", "--stream", "2000", "--burst", "3000", "--pinned");

        assertThat(report.get("lost").asLong()).isZero();
        assertThat(report.get("drained").asBoolean()).isTrue();
        assertThat(report.get("stream").asLong()).isEqualTo(2_000);
        assertThat(report.get("burst").asLong()).isEqualTo(3_000);
        assertThat(report.get("too_early").asLong()).isZero();
        assertThat(report.get("lateness_p50_ms").asDouble()).isPositive();
        assertThat(report.get("lateness_p99_ms").asDouble()).isPositive();
        assertThat(report.get("promoted_per_s").asDouble()).isPositive();
        assertThat(report.get("updates_and_deletes_job_tables").asLong()).isZero();
        assertThat(report.get("dead_tuples_job_tables").asLong()).isZero();
    }

    @Test
    void horizonFollowsEveryJobThroughItsPhases(@TempDir Path folder) throws IOException {
        JsonNode report = measured(
                ("horizon --rate 200 --warmup 1 --clean 3 --pinned 5 --recovery 3 --sample 1 --rotate 1 --retention 0"
                                + " --rotate-store 1 --retries 0.1 --snoozes 0.05 --failures 0.05 --held 0.02"
                                + " --scheduled 0.05 --out " + folder)
                        .split(" "));

        assertThat(report.get("rate").asInt()).isEqualTo(200);
        for (String phase : List.of("clean", "pinned", "recovery")) {
            JsonNode measured = report.get(phase);
            assertThat(measured.get("enqueued_per_s").asDouble()).as(phase).isPositive();
            assertThat(measured.get("completed_per_s").asDouble()).as(phase).isPositive();
            assertThat(measured.get("p50_ms").asDouble())
                    .as(phase)
                    .isPositive()
                    .isLessThanOrEqualTo(measured.get("p99_ms").asDouble());
            assertThat(measured.get("depth_max").isIntegralNumber()).as(phase).isTrue();
            assertThat(measured.get("dead_tuples").isIntegralNumber()).as(phase).isTrue();
        }
        assertThat(report.get("lost").asLong()).isZero();
        assertThat(report.get("duplicates").asLong()).isZero();
        assertThat(report.get("ended_twice").asLong()).isZero();
        assertThat(report.get("ended_otherwise").asLong()).isZero();
        assertThat(report.get("detours").asLong()).isPositive();
        assertThat(report.get("failed").asLong()).isPositive();
        assertThat(report.get("dead_tuples_job_tables").asLong()).isZero();
        assertThat(report.get("pinned").get("dead_tuples_by_relation").has(schemaOf(report) + ".generations"))
                .as("updates are seen")
                .isTrue();
        assertThat(report.get("looks_for_waits").asLong()).isPositive();
        assertThat(report.get("relation_waits").isIntegralNumber()).isTrue();
        assertThat(report.get("pinned_locks").size()).isGreaterThan(10);
        assertThat(report.get("verdict").asString()).isNotEmpty();
        assertThat(List.of("clean", "pinned", "recovery"))
                .as("segments are given back")
                .anySatisfy(phase -> assertThat(report.get(phase).get("signals").propertyNames())
                        .anyMatch(name -> name.endsWith("Pruned")));
        assertThat(report.get("checks")
                        .valueStream()
                        .filter(check -> check.get("name").asString().equals("history")))
                .singleElement()
                .satisfies(check -> assertThat(check.get("held").asBoolean()).isTrue());
        assertThat(Files.readAllLines(folder.resolve("report.csv"))).hasSize(1 + 1 + 3 + 5 + 3);
        assertThat(JSON.readTree(Files.readString(folder.resolve("report.json")))
                        .get("samples")
                        .size())
                .isEqualTo(12);
        assertThat(Files.readString(folder.resolve("report.html")))
                .contains("<svg", "class='band pinned'")
                .doesNotContain("{{", "NaN", "<script", "src=", "href=");
    }

    @Test
    void pruneSaysForHowLongItLocks() {
        JsonNode report = measured("prune", "--rows", "5000", "--seconds", "2", "--warmup", "1", "--rate", "200");

        assertThat(report.get("locked_ms").asDouble()).isPositive();
        assertThat(report.get("locked_ms_rounds").size()).isEqualTo(5);
        assertThat(report.get("pruned").asInt()).isPositive();
        assertThat(report.get("p99_with_ms").asDouble()).isPositive();
        assertThat(report.get("p99_without_ms").asDouble()).isPositive();
        assertThat(report.get("relation_waits").isIntegralNumber()).isTrue();
        assertThat(report.get("lost").asLong()).isZero();
        assertThat(report.get("duplicates").asLong()).isZero();
    }

    @Test
    void replicasAreProcessesOfTheirOwn() {
        JsonNode report = measured("replicas", "--jobs", "500", "--workers", "16", "--handler-ms", "2");

        assertThat(report.get("ratio_4_to_1").asDouble()).isPositive();
        assertThat(report.get("runs").size()).isEqualTo(3);
        JsonNode four = report.get("runs").get(2);
        assertThat(four.get("processes").asInt()).isEqualTo(4);
        assertThat(four.get("completed_by_process").size()).isEqualTo(4);
        for (JsonNode run : report.get("runs")) {
            assertThat(run.get("lost").asLong()).isZero();
            assertThat(run.get("depth_after").asLong()).isZero();
            assertThat(run.get("dead_tuples_job_tables").asLong()).isZero();
        }
    }

    @Test
    void anOverloadIsHeldBackAndAFrozenServerHarmsNoJob() {
        Ran ran = ownServer("overload --rate 300 --mark 600 --seconds 4 --warmup 3 --freeze 4 --after 8".split(" "));

        assertThat(ran.code).as(ran.err).isZero();
        JsonNode report = JSON.readTree(ran.out);
        assertThat(report.get("depth_max").asLong()).isBetween(300L, 600L);
        assertThat(report.get("depth_max_after").asLong()).isLessThanOrEqualTo(600);
        assertThat(report.get("admitted").asLong()).isPositive();
        assertThat(report.get("refused").asLong()).isPositive();
        assertThat(report.get("heap_mb_max").asDouble()).isPositive();
        assertThat(report.has("recovery_s")).isTrue();
        assertThat(report.get("stored").asLong()).isPositive();
        for (String none : List.of(
                "errors_to_handlers", "wrong_rescues", "unsettled", "ended_twice", "stream_errors", "depth_after")) {
            assertThat(report.get(none).asLong()).as(none).isZero();
        }
        assertThat(report.get("drained").asBoolean()).isTrue();
        assertThat(report.get("verdict").asString()).isNotEmpty();
    }

    @Test
    void tenantsNeverHaveMoreThanTheirLimit() {
        JsonNode report = measured(
                "tenants", "--seconds", "3", "--warmup", "1", "--rate", "300", "--workers", "16", "--handler-ms", "3");

        assertThat(report.get("processes").asInt()).isEqualTo(4);
        assertThat(report.get("limit_exceeded").asLong()).isZero();
        assertThat(report.get("most_at_once").asLong()).isBetween(2L, 4L);
        assertThat(report.get("attempts").asLong()).isGreaterThan(20);
        // The evidence in the database has times only where the server keeps those of commits.
        if (report.has("attempts_in_database")) {
            assertThat(report.get("attempts_in_database").asLong())
                    .isGreaterThanOrEqualTo(report.get("attempts").asLong());
        }
        assertThat(report.get("quiet_unanswered").asLong()).isZero();
        assertThat(report.get("quiet_p99_ratio").asDouble()).isPositive();
        assertThat(report.get("dead_tuples_job_tables").asLong()).isZero();
    }

    @Test
    void theReportIsOneLineAndAlsoAFile(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("report.json");
        Ran ran = run("drain", "--jobs", "10", "--json", file.toString());

        assertThat(ran.code).isZero();
        assertThat(ran.out.strip()).doesNotContain("\n");
        assertThat(Files.readString(file)).isEqualToIgnoringNewLines(ran.out);
    }

    @Test
    void aWrongCommandLineIsRefused() {
        assertRefused("unknown scenario 'fast'", "fast");
        assertRefused("--workers is 0, allowed are 1 to 100000", "e2e", "--workers", "0");
        assertRefused("--payload-bytes", "e2e", "--payload-bytes", "many");
        assertRefused("--speed", "e2e", "--speed", "9");
        assertRefused("SCENARIO");
        assertRefused("--retries is 1.5, allowed are 0.0 to 1.0", "horizon", "--retries", "1.5");
        assertRefused("sum up to 1.2", "horizon", "--retries", "0.6", "--held", "0.6");
        assertRefused("--clean is 0", "horizon", "--clean", "0");
        assertRefused("--only is fast, allowed are metrics", "overhead", "--only", "fast,mdc");
        assertRefused("--freeze stops the server", "overload", "--freeze", "1");
    }

    private static String schemaOf(JsonNode report) {
        return report.get("schema").asString();
    }

    private static void assertInvariants(JsonNode report) {
        assertThat(report.get("lost").asLong()).as("lost").isZero();
        assertThat(report.get("failed").asLong()).as("failed").isZero();
        assertThat(report.get("duplicates").asLong()).as("duplicates").isZero();
        assertThat(report.get("dead_tuples_job_tables").asLong())
                .as("dead tuples")
                .isZero();
    }

    private static void assertRefused(String because, String... args) {
        Ran ran = run(args);
        assertThat(ran.code).isEqualTo(2);
        assertThat(ran.err).contains(because);
        assertThat(ran.out).isEmpty();
    }

    private static JsonNode measured(String... args) {
        Ran ran = run(args);
        assertThat(ran.code).as(ran.err).isZero();
        return JSON.readTree(ran.out);
    }

    private static Ran run(String... args) {
        List<String> all = new ArrayList<>(List.of(args));
        all.add("--database-url");
        all.add(AwaPostgres.shared().url());
        return ownServer(all.toArray(String[]::new));
    }

    private static Ran ownServer(String... args) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int code = Main.run(new PrintWriter(out, true), new PrintWriter(err, true), args);
        return new Ran(code, out.toString(), err.toString());
    }

    private static List<String> names(JsonNode report) {
        return new ArrayList<>(report.propertyNames());
    }

    private record Ran(int code, String out, String err) {}
}
