package io.awa.reactive.test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.awa.reactive.cron.CronSchedule;
import io.awa.reactive.job.JobId;
import io.awa.reactive.job.JobType;
import io.awa.reactive.worker.Backoff;
import io.awa.reactive.worker.Outcome;
import io.awa.reactive.worker.maintenance.MaintenanceOptions;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.Result;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The clock drives what the database's clock decides, and nothing waits for it. */
@AwaTest
@Timeout(120)
class HarnessClockTest {

    private static final JobType<Integer> NUMBER =
            JobType.of("number", Integer.class).queue("q").maxAttempts(5);

    @Test
    void itBeginsAtThePresentAndStandsNearlyStill(AwaHarness awa) {
        long real = System.nanoTime();
        Instant begun = awa.clock().now();
        assertThat(begun).isCloseTo(Instant.now(), within(30, ChronoUnit.SECONDS));
        Mono.delay(Duration.ofMillis(300)).block();
        Duration passed = Duration.between(begun, awa.clock().now());
        assertThat(passed).isBetween(Duration.ZERO, Duration.ofNanos((System.nanoTime() - real) / 100));
        awa.clock().advance(Duration.ofDays(400));
        assertThat(Duration.between(begun, awa.clock().now()))
                .isBetween(Duration.ofDays(400), Duration.ofDays(400).plusSeconds(1));
        assertThat(awa.clock().java().instant()).isCloseTo(awa.clock().now(), within(1, ChronoUnit.SECONDS));
        assertThat(awa.clock().java(ZoneId.of("Asia/Tokyo")).getZone()).isEqualTo(ZoneId.of("Asia/Tokyo"));
        assertThatThrownBy(() -> awa.clock().advance(Duration.ofMillis(-1))).hasMessageContaining("does not go back");
        assertThatThrownBy(() -> awa.clock().advanceTo(begun)).hasMessageContaining("does not go back");
    }

    /** Every way in which SQL asks for the time, and sessions that were open before. */
    @Test
    void everySessionReadsIt(AwaHarness awa, ConnectionFactory connections) {
        String all = "SELECT least(clock_timestamp(), now(), statement_timestamp(), transaction_timestamp())"
                + " > pg_catalog.clock_timestamp() + interval '29 days' AS shifted";
        Connection connection =
                Objects.requireNonNull(Mono.from(connections.create()).block());
        Mono.from(connection.beginTransaction()).block();
        assertThat(flag(connection, all)).isFalse();
        awa.clock().advance(Duration.ofDays(30));
        assertThat(flag(connection, all)).isTrue();
        assertThat(flag(connection, "SELECT current_timestamp > now() - interval '1 day'"))
                .isFalse();
        Mono.from(connection.close()).block();
    }

    // What a default calls was decided when the table was made.
    @Test
    void soDoColumnDefaultsAndTheApplicationsTables(AwaHarness awa, ConnectionFactory connections) {
        awa.clock().advance(Duration.ofDays(30));
        JobId id = awa.enqueue(NUMBER.with(1));
        assertThat(awa.job(id).availableAt()).isCloseTo(awa.clock().now(), within(1, ChronoUnit.SECONDS));
        Connection connection =
                Objects.requireNonNull(Mono.from(connections.create()).block());
        run(connection, "CREATE TABLE orders (id int, at timestamptz DEFAULT now())");
        run(connection, "INSERT INTO orders VALUES (1)");
        assertThat(flag(connection, "SELECT at > current_timestamp + interval '29 days' FROM public.orders"))
                .isTrue();
        Mono.from(connection.close()).block();
    }

    @Test
    void scheduledJobsAreDueWhenItSaysSo(AwaHarness awa) {
        awa.handle(NUMBER, TestHandlers.succeeding());
        JobId id = awa.enqueue(NUMBER.with(1).runAfter(Duration.ofMinutes(5)));
        Instant due = Objects.requireNonNull(awa.job(id).dueAt());
        awa.clock().advanceTo(due.minusMillis(50));
        assertThat(awa.workAll()).isEmpty();
        awa.assertThatJob().isScheduled().isDueAt(due).isDueBetween(due, due);
        awa.clock().advanceTo(due);
        awa.assertThatJob().isAvailable();
        assertThat(awa.workAll()).hasSize(1);
    }

    @Test
    void backoffsAreTheOnesOfProduction(AwaHarness awa) {
        awa.handle(NUMBER, TestHandlers.failing(IllegalStateException::new));
        awa.enqueue(NUMBER.with(1));
        // min(1 s * 2^attempt + up to 25 %, 24 h)
        for (int attempt = 1; attempt <= 4; attempt++) {
            Instant now = awa.clock().now();
            WorkResult result = awa.workOne();
            assertThat(result).isInstanceOf(WorkResult.Retried.class);
            long seconds = 1L << attempt;
            awa.assertThatJob()
                    .hasAttempts(attempt)
                    .isDueBetween(now.plusSeconds(seconds), now.plusMillis(1_250 * seconds + 100));
            awa.clock().advanceTo(Objects.requireNonNull(result.job().dueAt()));
        }
        assertThat(awa.workOne()).isInstanceOf(WorkResult.Failed.class);
        awa.assertThatJob().reasonContains("max_attempts_exhausted");
    }

    @Test
    void aDeadLetterAfterDaysOfBackoffIsAMatterOfMoments(AwaHarness awa) {
        awa.handle(
                NUMBER,
                TestHandlers.failing(() -> new IllegalStateException("smtp")),
                options -> options.backoff(Backoff.fixed(Duration.ofDays(3))));
        awa.enqueue(NUMBER.with(1));
        Instant begun = awa.clock().now();
        awa.clock().advanceUntilIdle();
        awa.assertThatJob().isFailed().hasAttempts(5).lastErrorContains("smtp");
        assertThat(Duration.between(begun, awa.clock().now())).isBetween(Duration.ofDays(12), Duration.ofDays(13));
    }

    @Test
    void schedulesFireAtEachOfTheirTimes(AwaHarness awa) {
        ZoneId berlin = ZoneId.of("Europe/Berlin");
        RecordingHandler<Integer> handler = TestHandlers.recording();
        awa.handle(NUMBER, handler);
        // Before the night in which 02:00 becomes 03:00.
        awa.clock()
                .advanceTo(LocalDateTime.of(2031, 3, 28, 12, 0).atZone(berlin).toInstant());
        awa.schedule(CronSchedule.of("nightly", "30 3 * * *", NUMBER.with(7)).zone(berlin));
        awa.clock()
                .advanceTo(LocalDateTime.of(2031, 3, 31, 3, 29).atZone(berlin).toInstant());
        awa.workAll();
        assertThat(handler.calls()).hasSize(2);
        awa.clock().advance(Duration.ofMinutes(1));
        awa.workAll();
        assertThat(handler.calls()).hasSize(3);
    }

    @Test
    void callbacksThatDoNotComeAreTooLate(AwaHarness awa) {
        awa.handle(NUMBER, job -> job.registerCallback(Duration.ofHours(2)).map(Outcome::waitForCallback));
        awa.enqueue(NUMBER.maxAttempts(1).with(1));
        assertThat(awa.workOne()).isInstanceOf(WorkResult.Parked.class);
        awa.clock().advance(Duration.ofMinutes(119));
        awa.assertThatJob().isWaiting();
        awa.clock().advance(Duration.ofMinutes(2));
        awa.assertThatJob().isFailed();
    }

    @Test
    void jobsOfADeadProcessAreRescued(AwaHarness awa) {
        awa.handle(NUMBER, TestHandlers.succeeding());
        JobId id = awa.enqueue(NUMBER.with(1));
        assertThat(awa.abandonOne("q")).isEqualTo(id);
        awa.assertThatJob().isRunning().hasAttempts(1);
        assertThatThrownBy(() -> awa.abandonOne("q")).hasMessageContaining("no job to abandon");
        assertThat(awa.workAll()).isEmpty();
        awa.clock().advance(Duration.ofSeconds(20));
        awa.assertThatJob().isRunning();
        awa.clock().advance(Duration.ofSeconds(60));
        awa.assertThatJob(id).lastErrorContains("stopped beating");
        awa.clock().advanceUntilIdle();
        awa.assertThatJob().isCompleted().hasAttempts(2);
    }

    @Test
    void segmentsAreGivenBackWhenTheirRetentionIsOver(AwaHarness awa) {
        awa.worker(builder -> builder.maintenance(options -> MaintenanceOptions.defaults()))
                .handle(NUMBER, TestHandlers.succeeding());
        JobId id = awa.enqueue(NUMBER.with(1));
        awa.workAll();
        // Rotated, sealed, finished, pruned: each is a step of a later pass.
        for (int pass = 0; pass < 4; pass++) {
            awa.clock().advance(Duration.ofMinutes(30));
        }
        assertThat(awa.awa().admin().job(id).block()).isNull();
    }

    @Test
    void aJobThatComesBackForEverIsSaid(AwaHarness awa) {
        awa.handle(NUMBER, TestHandlers.answering(Outcome.snooze(Duration.ofSeconds(1))));
        awa.enqueue(NUMBER.with(1));
        assertThatThrownBy(() -> awa.clock().advanceUntilIdle(5))
                .hasMessageContaining("after 5 rounds")
                .hasMessageContaining("SNOOZED");
    }

    private static boolean flag(Connection connection, String sql) {
        return Objects.requireNonNull(Flux.from(connection.createStatement(sql).execute())
                .concatMap(result -> result.map((row, metadata) -> Objects.requireNonNull(row.get(0, Boolean.class))))
                .blockLast());
    }

    private static void run(Connection connection, String sql) {
        Flux.from(connection.createStatement(sql).execute())
                .concatMap(Result::getRowsUpdated)
                .blockLast();
    }
}
