package io.awa.reactive.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.admin.JobState;
import io.awa.reactive.enqueue.Enqueued;
import io.awa.reactive.job.JobId;
import io.awa.reactive.job.JobType;
import io.awa.reactive.job.Unique;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** A unique job and a worker that has it. */
class UniqueWorkTest {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final JobType<Integer> WHILE_IT_LIVES =
            Rig.NUMBER.unique(Unique.byArgs().during(JobState.SCHEDULED, JobState.SNOOZED, JobState.RETRYING));

    @Test
    void aDuplicateWhileItRunsAndANewOneWhenItIsDone() throws InterruptedException {
        try (Rig rig = new Rig()) {
            CountDownLatch started = new CountDownLatch(1);
            Sinks.Empty<Void> finish = Sinks.empty();
            rig.start(w -> w.handle(WHILE_IT_LIVES, job -> {
                        started.countDown();
                        return finish.asMono().thenReturn(Outcome.done());
                    })
                    .queue("q", q -> q));
            JobId first = rig.enqueue(WHILE_IT_LIVES, 1);
            assertThat(started.await(30, TimeUnit.SECONDS)).isTrue();
            assertThat(ask(rig)).isEqualTo(new Enqueued.Duplicate(first));

            finish.tryEmitEmpty();
            Await.until(() -> "completed", PATIENCE, () -> state(rig, first) == JobState.COMPLETED);
            Enqueued second = ask(rig);
            assertThat(second).isInstanceOf(Enqueued.Inserted.class);
            Await.until(() -> "completed too", PATIENCE, () -> state(rig, second.id()) == JobState.COMPLETED);
        }
    }

    /** The default: a completed one keeps others out as long as it is retained. */
    @Test
    void aDuplicateOfACompletedOne() {
        try (Rig rig = new Rig()) {
            JobType<Integer> once = Rig.NUMBER.unique(Unique.byArgs());
            rig.start(w -> w.handle(once, job -> Mono.just(Outcome.done())).queue("q", q -> q));
            JobId first = rig.enqueue(once, 1);
            Await.until(() -> "completed", PATIENCE, () -> state(rig, first) == JobState.COMPLETED);
            assertThat(rig.awa.enqueue(once.with(1)).block(PATIENCE)).isEqualTo(new Enqueued.Duplicate(first));
        }
    }

    private static Enqueued ask(Rig rig) {
        return Objects.requireNonNull(rig.awa.enqueue(WHILE_IT_LIVES.with(1)).block(PATIENCE));
    }

    private static JobState state(Rig rig, JobId id) {
        return Objects.requireNonNull(rig.awa.admin().job(id).block(PATIENCE)).state();
    }
}
