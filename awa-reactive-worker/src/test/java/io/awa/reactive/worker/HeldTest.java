package io.awa.reactive.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.AwaValidationException;
import io.awa.reactive.admin.JobState;
import io.awa.reactive.engine.Progress;
import io.awa.reactive.job.JobId;
import io.awa.reactive.testkit.AwaPostgres;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** Attempts that leave their segment: held, with progress, with deadlines, ended by others. */
@Timeout(90)
class HeldTest {

    private static final Duration SHORT = Duration.ofMillis(100);

    private final Faults faults = new Faults(AwaPostgres.shared().connections());
    private final Rig rig = new Rig(AwaPostgres.shared(), faults);
    private final Sinks.One<Outcome> end = Sinks.one();
    private final AtomicBoolean disposed = new AtomicBoolean();

    @AfterEach
    void close() {
        end.tryEmitValue(Outcome.done());
        rig.close();
    }

    @Test
    void anAttemptThatRunsLongIsHeldAndEndsByItsLease() {
        JobId id = start(job -> end.asMono());
        Await.until("held", () -> rig.worker().stats().held() == 1);
        assertThat(rig.job(id).state()).isEqualTo(JobState.RUNNING);
        assertThat(rig.sql("select concat_ws(' ', state, attempt, worker) from {awa}.entries_0"))
                .containsExactly("h 1 " + rig.worker().number());
        assertThat(rig.worker().stats()).matches(s -> s.running() == 1 && s.unsettled() == 1);
        end.tryEmitValue(Outcome.done()).orThrow();
        Await.until("completed", () -> rig.worker().stats().completed() == 1);
        assertThat(rig.sql("select outcome from {awa}.endings_0")).containsExactly("c");
        settled();
    }

    @Test
    void shortJobsAreNotHeld() {
        rig.start(w -> w.handle(Rig.NUMBER, job -> Mono.empty()).attempts(a -> a.holdAfter(Duration.ofSeconds(30))));
        rig.enqueue(500);
        assertThat(rig.settled().completed()).isEqualTo(500);
        assertThat(rig.number("select count(*) from {awa}.entries_0")).isZero();
        assertThat(faults.count(".settle($1")).isZero();
        assertThat(faults.count(".report($1")).isZero();
    }

    @Test
    void aHeldAttemptCanHaveEveryEnd() {
        List<Outcome> outcomes = List.of(
                Outcome.done(),
                Outcome.retryAfter(Duration.ofHours(1), "r"),
                Outcome.snooze(Duration.ofHours(1)),
                Outcome.fail("f"),
                Outcome.cancel("x"),
                Outcome.deadLetter("d"));
        rig.start(w -> fast(w).handle(Rig.NUMBER, job -> {
            job.progress(job.args(), "on it");
            return job.flushProgress().thenReturn(outcomes.get(job.args()));
        }));
        List<JobId> ids = java.util.stream.IntStream.range(0, 6)
                .mapToObj(i -> rig.enqueue(Rig.NUMBER, i))
                .toList();
        List<JobState> states = List.of(
                JobState.COMPLETED,
                JobState.RETRYING,
                JobState.SNOOZED,
                JobState.FAILED,
                JobState.CANCELLED,
                JobState.DEAD);
        Await.until(
                "all settled",
                () -> rig.worker().stats().unsettled() == 0
                        && rig.worker().stats().held() == 6);
        for (int i = 1; i < 6; i++) {
            int n = i;
            assertThat(rig.becomes(ids.get(i), states.get(i), false))
                    .matches(v -> v.extras() != null && v.extras().contains("\"percent\": " + n));
        }
        assertThat(rig.number("select attempt from {awa}.entries_0 where state = 'z'"))
                .isZero();
        assertThat(rig.number("select count(*) from {awa}.endings_0 where outcome = 'c'"))
                .isEqualTo(1);
    }

    @Test
    void anEndThatComesWhileTheHoldIsOnItsWayWaitsForIt() {
        Sinks.Empty<Void> gate = Sinks.empty();
        Faults.Rule held = faults.holdBack(".close($1", 1, gate.asMono());
        JobId id = start(job -> end.asMono());
        Await.until("the hold is on its way", () -> held.times() == 1);
        end.tryEmitValue(Outcome.fail("late")).orThrow();
        Await.staysTrue("not ended", SHORT, () -> rig.worker().stats().failed() == 0);
        gate.tryEmitEmpty().orThrow();
        rig.becomes(id, JobState.FAILED, false);
        assertThat(rig.sql("select outcome from {awa}.endings_0")).containsExactly("f");
        settled();
    }

    @Test
    void aHoldWhoseAnswerIsLostIsMadeOnce() {
        Faults.Rule lost = faults.loseAnswers(".close($1", 2);
        Faults.Rule lostEnd = faults.loseAnswers(".settle($1", 2);
        start(job -> end.asMono());
        Await.until("held", () -> rig.worker().stats().held() == 1);
        end.tryEmitValue(Outcome.done()).orThrow();
        Await.until("completed", () -> rig.worker().stats().completed() == 1);
        assertThat(lost.times() + lostEnd.times()).isEqualTo(4);
        assertThat(rig.number("select count(*) from {awa}.entries_0")).isEqualTo(1);
        assertThat(rig.worker().stats().stale()).isZero();
    }

    @Test
    void aRefusedHoldMakesTheAttemptStaleAndDisposesItsHandler() {
        Sinks.Empty<Void> gate = Sinks.empty();
        Faults.Rule held = faults.holdBack(".close($1", 1, gate.asMono());
        JobId id = start(job -> end.asMono().doOnCancel(() -> disposed.set(true)));
        Await.until("the hold is on its way", () -> held.times() == 1);
        endByHand();
        gate.tryEmitEmpty().orThrow();
        Await.until("disposed", disposed::get);
        assertThat(rig.job(id).state()).isEqualTo(JobState.FAILED);
        settled();
        assertThat(rig.worker().stats()).matches(s -> s.stale() == 1 && s.held() == 0);
    }

    @Test
    void aDrainGivesHeldAttemptsBackWithTheirAttempt() {
        JobId id = start(job -> Mono.never());
        Await.until("held", () -> rig.worker().stats().held() == 1);
        DrainReport report = rig.worker().drain(SHORT).block(Await.LONG);
        assertThat(report).matches(DrainReport::clean).matches(r -> r.settled() == 0 && r.released() == 1);
        assertThat(rig.job(id)).matches(v -> v.state() == JobState.SNOOZED && v.attempt() == 0);
    }

    // --- progress

    @Test
    void progressIsCoalescedAndFoundByTheNextAttempt() {
        AtomicReference<Progress> found = new AtomicReference<>();
        JobId id = start(job -> {
            if (job.attempt() == 2) {
                found.set(job.lastProgress().orElseThrow());
                return Mono.empty();
            }
            assertThat(job.lastProgress()).isEmpty();
            for (int i = 0; i <= 200; i++) {
                job.progress(i, "step " + i);
            }
            job.progressMetadata(Map.of("a", 1, "b", 2));
            job.progressMetadata(Map.of("b", 3));
            job.checkpoint(Map.of("row", 17));
            return job.flushProgress().then(Mono.just(Outcome.retryAfter(Duration.ZERO, "again")));
        });
        rig.becomes(id, JobState.COMPLETED, true);
        assertThat(found.get().percent()).contains(100);
        assertThat(found.get().message()).contains("step 200");
        assertThat(found.get().metadata().toString()).isEqualTo("{\"a\":1,\"b\":3}");
        assertThat(found.get().checkpoint().orElseThrow().get("row").intValue()).isEqualTo(17);
        assertThat(rig.number("select count(*) from {awa}.progress_0")).isEqualTo(1);
    }

    @Test
    void whatIsNotFlushedGoesWithTheEnd() {
        AtomicReference<Optional<Progress>> found = new AtomicReference<>(Optional.empty());
        JobId id = rig.enqueue(Rig.NUMBER, 1);
        rig.start(w -> w.attempts(a -> a.progress(Duration.ofSeconds(30))).handle(Rig.NUMBER, job -> {
            if (job.attempt() == 1) {
                job.checkpoint(5);
                return Mono.just(Outcome.retryAfter(Duration.ZERO, "again"));
            }
            found.set(job.lastProgress());
            return Mono.empty();
        }));
        rig.becomes(id, JobState.COMPLETED, true);
        assertThat(found.get().flatMap(Progress::checkpoint).orElseThrow().intValue())
                .isEqualTo(5);
        assertThat(rig.worker().stats().held()).isZero();
    }

    @Test
    void progressIsWrittenOnceAnInterval() {
        start(job -> Mono.delay(Duration.ofMillis(10))
                .repeat(60)
                .doOnNext(n -> job.progress(50, "x"))
                .then(end.asMono()));
        Await.until("reported", () -> rig.number("select count(*) from {awa}.progress_0") >= 2);
        assertThat(faults.count(".report($1")).isLessThan(30);
        assertThat(rig.sql("select body ->> 'percent' from {awa}.progress_0 limit 1"))
                .containsExactly("50");
    }

    @Test
    void progressIsBounded() {
        Queue<Throwable> refused = new ConcurrentLinkedQueue<>();
        JobId id = start(job -> {
            for (Runnable report : List.<Runnable>of(
                    () -> job.checkpoint("x".repeat(Progress.JSON_BYTES)),
                    () -> job.progressMetadata(Map.of("a", "nul \0")))) {
                try {
                    report.run();
                } catch (AwaValidationException e) {
                    refused.add(e);
                }
            }
            job.checkpoint("half \ud83d, slashes \\\\u0000");
            job.progress(-5, "m".repeat(600) + "\0");
            return job.flushProgress().then(Mono.just(Outcome.fail("end")));
        });
        assertThat(rig.becomes(id, JobState.FAILED, false).extras())
                .contains("\"percent\": 0")
                .contains("m".repeat(500))
                .doesNotContain("m".repeat(501));
        assertThat(refused).hasSize(2);
        assertThat(refused)
                .first()
                .matches(e -> ((AwaValidationException) e).field().equals("progress.checkpoint"));
    }

    @Test
    void aReportAfterTheEndIsRefused() {
        AtomicReference<ActiveJob<Integer>> seen = new AtomicReference<>();
        JobId id = start(job -> {
            seen.set(job);
            return Mono.empty();
        });
        rig.becomes(id, JobState.COMPLETED, false);
        ActiveJob<Integer> job = Objects.requireNonNull(seen.get());
        job.progress(50, "late");
        assertThat(job.flushProgress()
                        .<Object>thenReturn("written")
                        .onErrorResume(Mono::just)
                        .block(Await.LONG))
                .isInstanceOf(StaleAttemptException.class);
        assertThat(rig.number("select count(*) from {awa}.progress_0")).isZero();
    }

    @Test
    void anAnswerThatIsLostFlushesAllTheSame() {
        Faults.Rule lost = faults.loseAnswers(".report($1", 2);
        JobId id = start(job -> {
            job.progress(10, null);
            return job.flushProgress()
                    .doOnSuccess(x -> job.progress(20, null))
                    .then(job.flushProgress())
                    .then(end.asMono());
        });
        Await.until("two", () -> rig.number("select count(*) from {awa}.progress_0") == 2);
        end.tryEmitValue(Outcome.fail("x")).orThrow();
        assertThat(rig.becomes(id, JobState.FAILED, false).extras()).contains("\"percent\": 20");
        assertThat(lost.times()).isEqualTo(2);
    }

    // --- deadlines and ends by others

    @Test
    void aDeadlineDisposesTheHandlerAndRetries() {
        rig.sql("select {awa}.ensure_lane('q', 2)");
        rig.sql("update {awa}.queues set deadline_ms = 4000 returning 1");
        AtomicReference<Duration> remaining = new AtomicReference<>();
        JobId id = start(
                job -> {
                    remaining.set(job.remaining().orElseThrow());
                    return Mono.<Outcome>never().doOnCancel(() -> disposed.set(true));
                },
                a -> a.grace(Duration.ofSeconds(5)));
        assertThat(rig.becomes(id, JobState.RETRYING, false).error()).isEqualTo("deadline exceeded");
        Await.until("disposed", disposed::get);
        assertThat(remaining.get()).isBetween(Duration.ofMillis(1), Duration.ofSeconds(4));
        // The slot is kept for the grace.
        assertThat(rig.worker().stats().running()).isEqualTo(1);
        settled();
    }

    @Test
    void aDeadlineAtTheLastAttemptExhausts() {
        rig.sql("select {awa}.ensure_lane('q', 2)");
        rig.sql("update {awa}.queues set deadline_ms = 200 returning 1");
        JobId id = rig.enqueue(Rig.NUMBER.maxAttempts(1), 1);
        rig.start(w -> fast(w).handle(Rig.NUMBER, job -> Mono.never()));
        assertThat(rig.becomes(id, JobState.FAILED, false).extras()).contains("deadline_exhausted");
        settled();
    }

    @Test
    void anAttemptThatSomebodyElseEndedIsDisposedAndWritesNothing() {
        JobId id = start(
                job -> end.asMono().doOnCancel(() -> disposed.set(true)), a -> a.holdAfter(Duration.ofMinutes(1)));
        Await.until("runs", () -> rig.worker().stats().running() == 1);
        String token =
                rig.sql("select nonce || ' 0' from {awa}.claims_0 where n = 1").get(0);
        endByHand();
        int closes = faults.count(".close($1") + faults.count(".settle($1");
        rig.sql("select pg_notify({awa}.channel(), E'\\u0001cancel "
                + rig.worker().number() + " " + token + "')");
        Await.until("disposed", disposed::get);
        settled();
        assertThat(rig.worker().stats().stale()).isEqualTo(1);
        assertThat(faults.count(".close($1") + faults.count(".settle($1")).isEqualTo(closes);
        assertThat(rig.job(id).state()).isEqualTo(JobState.FAILED);
        assertThat(Objects.requireNonNull(rig.worker().drain(SHORT).block(Await.LONG)))
                .matches(DrainReport::clean);
    }

    @Test
    void controlsOfOthersAndNonsenseAreIgnored() {
        start(job -> end.asMono().doOnCancel(() -> disposed.set(true)));
        Await.until("runs", () -> rig.worker().stats().running() == 1);
        String token =
                rig.sql("select nonce || ' 0' from {awa}.claims_0 where n = 1").get(0);
        for (String payload : List.of(
                "cancel 99999 " + token,
                "cancel " + rig.worker().number() + " 1 0",
                "cancel x y z",
                "cancel",
                "",
                "resume " + rig.worker().number() + " 12")) {
            rig.sql("select pg_notify({awa}.channel(), E'\\u0001" + payload + "')");
        }
        Await.staysTrue("runs", Duration.ofMillis(300), () -> !disposed.get());
        end.tryEmitValue(Outcome.done()).orThrow();
        Await.until("completed", () -> rig.worker().stats().completed() == 1);
    }

    @Test
    void aHeldAttemptThatSomebodyElseEndedIsDisposed() {
        JobId id = start(job -> end.asMono().doOnCancel(() -> disposed.set(true)));
        Await.until("held", () -> rig.worker().stats().held() == 1);
        String lease = rig.sql("select lease from {awa}.entries_0").get(0);
        rig.sql("select count(*) from {awa}.settle(array[" + lease + "], array['x'], array[null::bigint],"
                + " array[null::text], -77)");
        rig.worker().interrupt(rig.worker().number(), 0, Long.parseLong(lease));
        Await.until("disposed", disposed::get);
        settled();
        assertThat(rig.job(id).state()).isEqualTo(JobState.CANCELLED);
        assertThat(rig.worker().stats().stale()).isEqualTo(1);
    }

    // --- segments

    /** Trap 9: it completes after its segment is gone. */
    @Test
    void aHeldAttemptKeepsNoSegment() {
        start(job -> end.asMono());
        Await.until("held", () -> rig.worker().stats().held() == 1);
        rig.giveFirstSegmentBack();
        end.tryEmitValue(Outcome.done()).orThrow();
        Await.until("completed", () -> rig.worker().stats().completed() == 1);
    }

    private JobId start(Function<ActiveJob<Integer>, Mono<Outcome>> handler) {
        return start(handler, UnaryOperator.identity());
    }

    private JobId start(Function<ActiveJob<Integer>, Mono<Outcome>> handler, UnaryOperator<AttemptOptions> attempts) {
        JobId id = rig.enqueue(Rig.NUMBER, 1);
        rig.start(w ->
                fast(w).attempts(attempts).handle(Rig.NUMBER, handler::apply).withoutMaintenance());
        return id;
    }

    private static AwaWorkerBuilder fast(AwaWorkerBuilder worker) {
        return worker.attempts(
                a -> a.holdAfter(Duration.ofSeconds(1)).progress(SHORT).grace(Duration.ofMillis(300)));
    }

    private void settled() {
        Await.until(
                "nothing in hand",
                () -> rig.worker().stats().unsettled() == 0
                        && rig.worker().stats().running() == 0);
    }

    private void endByHand() {
        rig.sql("select count(*) from {awa}.claims_0 c, {awa}.generations g cross join lateral"
                + " {awa}.close(array[g.segment], array[c.lane], array[c.no], array[c.nonce], array['1'], array['f'],"
                + " -77, array[1], array[0], array['f'], null, null, null) where g.child = 0 and c.n = 1");
    }
}
