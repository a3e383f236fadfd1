package io.awa.reactive.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.job.JobType;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** A rolling deploy: one worker does not know a kind yet, another one does. */
class StrangersTest {

    private static final JobType<Integer> NEW_KIND =
            JobType.of("new_kind", Integer.class).queue("q");

    @Test
    void jobsOfAnUnknownKindAreGivenBackAndKnownOnesGoOn() {
        try (Rig rig = new Rig()) {
            rig.awa.enqueueAll(NEW_KIND, Flux.range(0, 10)).block(Await.LONG);
            rig.enqueue(10);
            RunningWorker old = rig.start(settings -> settings.handle(Rig.NUMBER, job -> Mono.just(Outcome.done()))
                    .queue("q", q -> q.workers(4)));
            Await.until("known kinds are done beside", () -> old.stats().completed() == 10);
            assertThat(rig.ledger().failed()).isZero();

            List<Integer> order = new CopyOnWriteArrayList<>();
            rig.start(settings -> settings.handle(NEW_KIND, job -> {
                        order.add(job.args());
                        return Mono.just(Outcome.done());
                    })
                    .queue("q", q -> q.workers(16)));
            Ledger ledger = rig.settled();

            assertThat(ledger.completed())
                    .as(() -> ledger + " " + rig.sql("select error from {awa}.failed"))
                    .isEqualTo(20);
            assertThat(ledger.failed()).isZero();
            assertThat(ledger.released()).isGreaterThanOrEqualTo(10);
            assertThat(order).containsExactlyInAnyOrder(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
        }
    }

    @Test
    void aDrainGivesThemBackAtOnce() {
        try (Rig rig = new Rig()) {
            rig.awa.enqueueAll(NEW_KIND, Flux.range(0, 10)).block(Await.LONG);
            RunningWorker old = rig.start(settings -> settings.handle(Rig.NUMBER, job -> Mono.just(Outcome.done())));
            Await.until("they are claimed", () -> old.stats().claimed() == 10);

            DrainReport report = old.drain(Duration.ofSeconds(10)).block(Await.LONG);

            assertThat(report).isEqualTo(new DrainReport(0, 10, 0, true));
            assertThat(rig.ledger().held()).isZero();
        }
    }
}
