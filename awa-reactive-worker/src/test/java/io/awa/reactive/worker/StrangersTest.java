package io.awa.reactive.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.admin.JobState;
import io.awa.reactive.admin.JobView;
import io.awa.reactive.job.JobId;
import io.awa.reactive.job.JobType;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** A rolling deploy: one worker does not know a kind yet, another one does. */
class StrangersTest {

    private static final JobType<Integer> NEW_KIND =
            JobType.of("new_kind", Integer.class).queue("q").maxAttempts(2);

    /** Trap 13: they do not come back at once to the head of their lane. */
    @Test
    void jobsOfAnUnknownKindAreGivenBackForAMomentAndKnownOnesGoOn() {
        try (Rig rig = new Rig()) {
            rig.awa.enqueueAll(NEW_KIND, Flux.range(0, 10)).block(Await.LONG);
            rig.enqueue(10);
            RunningWorker old = rig.start(settings -> settings.handle(Rig.NUMBER, job -> Mono.just(Outcome.done()))
                    .queue("q", q -> q.workers(4))
                    .withoutMaintenance());
            Await.until("known kinds are done beside", () -> old.stats().completed() == 10);
            Await.until("unknown ones left", () -> rig.number("select count(*) from {awa}.entries_0") == 10);
            assertThat(rig.number("select count(*) from {awa}.entries_0 where state = 'z' and attempt = 0"
                            + " and due_at between created_at + interval '1 s' and created_at + interval '5 s'"))
                    .isEqualTo(10);
            Await.until("nothing in hand", () -> old.stats().unsettled() == 0);
            old.drain(Duration.ofSeconds(5)).block(Await.LONG);

            List<Integer> attempts = new CopyOnWriteArrayList<>();
            RunningWorker fresh = rig.start(settings -> settings.handle(NEW_KIND, job -> {
                        attempts.add(job.attempt());
                        return Mono.just(Outcome.done());
                    })
                    .queue("q", q -> q.workers(16)));
            Await.until("promoted and done", () -> {
                rig.promote();
                return fresh.stats().completed() == 10;
            });
            assertThat(attempts).hasSize(10).containsOnly(1);
        }
    }

    @Test
    void aDrainLeavesNothingBehind() {
        try (Rig rig = new Rig()) {
            rig.awa.enqueueAll(NEW_KIND, Flux.range(0, 10)).block(Await.LONG);
            RunningWorker old = rig.start(settings -> settings.handle(Rig.NUMBER, job -> Mono.just(Outcome.done())));
            Await.until("they are claimed", () -> old.stats().claimed() == 10);

            DrainReport report = old.drain(Duration.ofSeconds(10)).block(Await.LONG);

            assertThat(report).matches(DrainReport::clean);
            assertThat(Objects.requireNonNull(report).released()).isEqualTo(10);
        }
    }

    @Test
    void theyFailWhereThePolicySaysSo() {
        try (Rig rig = new Rig()) {
            JobId id = rig.enqueue(NEW_KIND, 1);
            RunningWorker worker = rig.start(settings -> settings.handle(Rig.NUMBER, job -> Mono.just(Outcome.done()))
                    .attempts(a -> a.unknownKinds(UnknownKindPolicy.FAIL)));
            Await.until("failed", () -> worker.stats().failed() == 1);
            JobView view = Objects.requireNonNull(rig.awa.admin().job(id).block(Await.LONG));
            assertThat(view.state()).isEqualTo(JobState.FAILED);
            assertThat(view.extras()).contains("unknown_kind");
        }
    }
}
