package io.awa.reactive.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.awa.reactive.AwaValidationException;
import io.awa.reactive.engine.Ending;
import io.awa.reactive.worker.WorkerRecorder;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.r2dbc.postgresql.api.PostgresqlConnection;
import io.r2dbc.postgresql.api.PostgresqlResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class AwaMetricsTest {

    private static final Path TABLE = Path.of("../../docs/reference/metrics.md");

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final AwaMetrics metrics = AwaMetrics.on(registry, 2, Duration.ofSeconds(1));

    @Test
    void whatHappensIsCounted() {
        Works works = new Works(metrics);
        try (works) {
            works.enqueue("done", "done", "retry", "fail", "cancel", "dead", "slow");
            Works.until(
                    () -> "counted: " + registry.getMetersAsString(),
                    () -> count("awa.job.completed") == 4
                            && count("awa.job.failed") == 1
                            && count("awa.job.cancelled") == 1
                            && count("awa.job.dead") == 1
                            && registry.find("awa.claim.duration")
                                            .tag("outcome", "empty")
                                            .timer()
                                    != null);
            assertThat(count("awa.job.retried")).isEqualTo(1);
            assertThat(count("awa.job.claimed")).isEqualTo(8);
            assertThat(registry.get("awa.job.duration").timer().count()).isEqualTo(8);
            assertThat(registry.get("awa.job.duration").timer().max(TimeUnit.MILLISECONDS))
                    .isBetween(300.0, 30_000.0);
            assertThat(registry.get("awa.job.wait").timer().count()).isEqualTo(8);
            assertThat(registry.get("awa.job.wait").timer().totalTime(TimeUnit.SECONDS))
                    .isGreaterThan(0)
                    .isLessThan(30);
            assertThat(registry.get("awa.flush.size").summary().totalAmount()).isEqualTo(8);
            assertThat(registry.get("awa.claim.size").summary().totalAmount()).isEqualTo(8);
            assertThat(registry.get("awa.claim.duration")
                            .tag("outcome", "empty")
                            .timer()
                            .count())
                    .isPositive();
            assertThat(gauge("awa.job.capacity")).isEqualTo(5);
            Works.until(() -> "unsettled: " + gauge("awa.unsettled"), () -> gauge("awa.unsettled") == 0);

            works.awa.admin().pause("q", "test").block(Works.LONG);
            works.enqueue("done", "done");
            Works.until(
                    () -> "depth: " + gauge("awa.queue.depth"),
                    () -> gauge("awa.queue.depth") == 2 && gauge("awa.queue.lag") > 0);
            Works.until(
                    () -> "leads: " + registry.getMetersAsString(),
                    () -> gauge("awa.leader") == 1 && gauge("awa.leader.epoch") == 1);
            Works.until(
                    () -> "signals: " + registry.getMetersAsString(),
                    () -> registry.find("awa.maintenance.duration")
                                            .tag("step", "promote")
                                            .timer()
                                    != null
                            && !Double.isNaN(gauge("awa.horizon.age"))
                            && registry.find("awa.maintenance.signal")
                                            .tag("type", "Horizon")
                                            .counter()
                                    != null);
            everyMeterIsDescribed();
        }
        assertThat(registry.find("awa.leader").gauge())
                .as("gone with its worker")
                .isNull();
        assertThat(registry.find("awa.queue.depth").gauge()).isNull();
    }

    /** What is registered is what the enum says, and the enum has nothing that is not. */
    private void everyMeterIsDescribed() {
        TreeSet<String> found = new TreeSet<>();
        registry.getMeters().forEach(meter -> found.add(described(meter.getId())));
        // This registry shows buckets as gauges of their own.
        found.removeIf(name -> name.contains(".histogram "));
        TreeSet<String> wanted = new TreeSet<>();
        for (AwaMeter meter : AwaMeter.values()) {
            wanted.add(described(meter));
        }
        assertThat(found).isEqualTo(wanted);
    }

    @Test
    void theTableOfTheDocumentationIsTheEnum() throws IOException {
        List<String> rows = Files.readAllLines(TABLE).stream()
                .filter(line -> line.startsWith("| `awa."))
                .toList();
        assertThat(rows)
                .isEqualTo(Arrays.stream(AwaMeter.values())
                        .map(AwaMetricsTest::row)
                        .toList());
    }

    @Test
    void whatCannotBeReadIsUnknown() {
        try (Works works = new Works(metrics)) {
            // A queue that never had a job has no lane, and then nothing is read that somebody may have locked.
            works.enqueue("done");
            Works.until(() -> "read: " + gauge("awa.queue.depth"), () -> gauge("awa.queue.depth") == 0);
            PostgresqlConnection locker =
                    Objects.requireNonNull(works.postgres.connections().create().block(Works.LONG));
            locker.beginTransaction().block(Works.LONG);
            locker.createStatement("do $$ declare t text; begin for t in select format('%I.%I', schemaname, tablename)"
                            + " from pg_tables where schemaname = '" + works.schema
                            + "' and tablename ~ '_[0-9]+$' loop"
                            + " execute 'lock table ' || t || ' in access exclusive mode'; end loop; end $$")
                    .execute()
                    .concatMap(PostgresqlResult::getRowsUpdated)
                    .blockLast(Works.LONG);
            Works.until(
                    () -> "unknown: " + gauge("awa.queue.depth"),
                    () -> Double.isNaN(gauge("awa.queue.depth")) && Double.isNaN(gauge("awa.queue.lag")));
            locker.rollbackTransaction().block(Works.LONG);
            locker.close().block(Works.LONG);
            Works.until(() -> "read: " + gauge("awa.queue.depth"), () -> gauge("awa.queue.depth") == 0);
        }
    }

    @Test
    void kindsAreBounded() {
        for (String kind : List.of("a", "b", "c", "d", "a", "")) {
            metrics.ended("q", kind, Ending.COMPLETED);
            metrics.stale("q", kind);
        }
        TreeSet<String> found = new TreeSet<>();
        for (Counter one : registry.find("awa.job.completed").counters()) {
            found.add(one.getId().getTag("kind") + " " + (int) one.count());
        }
        assertThat(found).containsExactly("a 2", "b 1", "other 2", "unknown 1");
        assertThatThrownBy(() -> AwaMetrics.on(registry, 0, Duration.ofSeconds(15)))
                .isInstanceOf(AwaValidationException.class)
                .hasMessageContaining("kinds");
    }

    @Test
    void aRecorderThatFailsHarmsNoJob() {
        WorkerRecorder failing = new WorkerRecorder() {
            @Override
            public void claimed(String queue, int jobs, long nanos) {
                throw new IllegalStateException("claimed");
            }

            @Override
            public void ran(String queue, String kind, long waitNanos, long runNanos) {
                throw new LinkageError("ran");
            }

            @Override
            public void ended(String queue, String kind, Ending ending) {
                throw new IllegalStateException("ended");
            }

            @Override
            public void flushed(int ends, long nanos) {
                throw new IllegalStateException("flushed");
            }
        };
        try (Works works = new Works(failing)) {
            works.enqueue("done", "done", "done");
            Works.until(
                    () -> "done: " + works.worker.stats(),
                    () -> works.worker.stats().completed() == 3
                            && works.worker.stats().running() == 0
                            && works.worker.stats().unsettled() == 0);
            assertThat(works.worker.stats().flushes())
                    .as("none is written twice")
                    .isLessThanOrEqualTo(3);
        }
    }

    private double count(String name) {
        return registry.find(name).counters().stream()
                .mapToDouble(counter -> counter.count())
                .sum();
    }

    private double gauge(String name) {
        return registry.get(name).gauge().value();
    }

    private static String described(Meter.Id id) {
        TreeSet<String> tags = new TreeSet<>();
        id.getTags().forEach(tag -> tags.add(tag.getKey()));
        return id.getName() + " " + id.getType() + " " + tags;
    }

    private static String described(AwaMeter meter) {
        return meter.id() + " " + meter.type() + " " + new TreeSet<>(meter.tags());
    }

    static String row(AwaMeter meter) {
        return "| `%s` | %s | %s | %s | %s |"
                .formatted(
                        meter.id(),
                        meter.type().name().toLowerCase(Locale.ROOT).replace("distribution_", ""),
                        meter.unit(),
                        meter.tags().isEmpty() ? "none" : String.join(", ", meter.tags()),
                        meter.description());
    }
}
