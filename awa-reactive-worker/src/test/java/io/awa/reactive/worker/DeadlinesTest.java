package io.awa.reactive.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.admin.JobState;
import io.awa.reactive.job.JobId;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;

/** A job's own deadline counts before that of its queue, shorter or longer. */
@Timeout(90)
class DeadlinesTest {

    private final Rig rig = new Rig();
    private final AtomicReference<Duration> remaining = new AtomicReference<>();

    @AfterEach
    void close() {
        rig.close();
    }

    @Test
    void aLongerOne() {
        queueHas(300);
        JobId id = rig.enqueue(Rig.NUMBER.deadline(Duration.ofMinutes(1)), 1);
        start(Duration.ofMinutes(1), Mono.delay(Duration.ofSeconds(1)).thenReturn(Outcome.done()));
        assertThat(rig.becomes(id, JobState.COMPLETED, false).attempt()).isEqualTo(1);
        assertThat(remaining.get()).isBetween(Duration.ofSeconds(50), Duration.ofMinutes(1));
        assertThat(rig.number("select count(*) from {awa}.entries_0")).isZero();
    }

    @Test
    void aLongerOneOfAnAttemptThatIsHeld() {
        queueHas(300);
        JobId id = rig.enqueue(Rig.NUMBER.deadline(Duration.ofMinutes(1)), 1);
        AtomicReference<RunningWorker> worker = new AtomicReference<>();
        Mono<Outcome> untilHeld = Mono.delay(Duration.ofMillis(50))
                .repeat(() -> worker.get() == null || worker.get().stats().held() == 0)
                .then(Mono.just(Outcome.fail("by itself")));
        worker.set(start(untilHeld));
        assertThat(rig.becomes(id, JobState.FAILED, false).error()).isEqualTo("by itself");
        assertThat(rig.worker().stats().held()).isEqualTo(1);
        assertThat(rig.number("select count(*) from {awa}.entries_0 where state = 'h'"
                        + " and due_at > created_at + interval '50 s'"))
                .isEqualTo(1);
    }

    @Test
    void aShorterOne() {
        queueHas(3_600_000);
        JobId id = rig.enqueue(Rig.NUMBER.deadline(Duration.ofMillis(200)), 1);
        JobId other = rig.enqueue(Rig.NUMBER, 2);
        start(Mono.never());
        assertThat(rig.becomes(id, JobState.RETRYING, false).error()).isEqualTo("deadline exceeded");
        assertThat(rig.job(other).state()).isEqualTo(JobState.RUNNING);
    }

    @Test
    void itsLastAttempt() {
        JobId id = rig.enqueue(Rig.NUMBER.maxAttempts(1).deadline(Duration.ofMillis(200)), 1);
        start(Mono.never());
        assertThat(rig.becomes(id, JobState.FAILED, false))
                .matches(v ->
                        v.attempt() == 1 && v.extras() != null && v.extras().contains("deadline_exhausted"));
    }

    private void queueHas(long millis) {
        rig.sql("select {awa}.ensure_lane('q', 2)");
        rig.sql("update {awa}.queues set deadline_ms = " + millis + " returning 1");
    }

    private RunningWorker start(Mono<Outcome> handler) {
        return start(Duration.ofSeconds(1), handler);
    }

    private RunningWorker start(Duration holdAfter, Mono<Outcome> handler) {
        return rig.start(w -> w.attempts(a -> a.holdAfter(holdAfter).grace(Duration.ofMillis(100)))
                .withoutMaintenance()
                .handle(Rig.NUMBER, job -> {
                    job.remaining().ifPresent(remaining::set);
                    return handler;
                }));
    }
}
