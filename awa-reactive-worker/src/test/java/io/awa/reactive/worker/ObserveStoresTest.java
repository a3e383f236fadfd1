package io.awa.reactive.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.Awa;
import io.awa.reactive.admin.JobState;
import io.awa.reactive.engine.CarryOutcome;
import io.awa.reactive.engine.PruneOutcome;
import io.awa.reactive.engine.Store;
import io.awa.reactive.engine.Stores;
import io.awa.reactive.observe.JobUpdate;
import io.awa.reactive.testkit.AwaPostgres;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;

/** What observers are told while what they watch is carried from store to store, and the old place truncated. */
@Timeout(90)
class ObserveStoresTest {

    /** A carried entry is no news, and a snapshot that met the truncate is none either: nobody is told of an end. */
    @Test
    void storesTurnAsFastAsTheyCan() {
        try (Rig rig = new Rig()) {
            Awa elsewhere = rig.instance(AwaPostgres.shared().connections());
            List<Observed> all = IntStream.range(0, 60)
                    .mapToObj(i -> Observed.of(elsewhere, rig.enqueue(Rig.NUMBER.maxAttempts(25), i)))
                    .toList();
            all.forEach(one -> one.has(JobState.AVAILABLE));
            rig.start(w -> w.handle(Rig.NUMBER, job -> Mono.just(again(job))).queue("q", q -> q.workers(16)));
            Stores stores = rig.awa.engine().stores();
            int pruned = 0;
            long nonce = -1_000;
            while (!all.stream().allMatch(one -> one.complete || one.error != null)) {
                stores.rotate().block(Await.LONG);
                for (Store store :
                        stores.list().collectList().blockOptional(Await.LONG).orElseThrow()) {
                    pruned += turn(stores, store.number(), nonce--) ? 1 : 0;
                }
            }
            stores.close().block(Await.LONG);

            assertThat(pruned).as("stores that were given back meanwhile").isGreaterThan(5);
            for (Observed one : all) {
                assertThat(one.error).isNull();
                assertThat(one.all()).noneMatch(JobUpdate.Gone.class::isInstance);
                assertThat(one.states()).startsWith(JobState.AVAILABLE).endsWith(JobState.COMPLETED);
                Paths.assertPath(one.states());
                List<JobUpdate.Reached> told = one.reached();
                for (int i = 1; i < told.size(); i++) {
                    assertThat(told.get(i))
                            .as("number %s of %s", i, told)
                            .usingRecursiveComparison()
                            .comparingOnlyFields("state", "attempt", "dueAt")
                            .isNotEqualTo(told.get(i - 1));
                }
            }
        }
    }

    private static boolean turn(Stores stores, long store, long nonce) {
        stores.seal(store).block(Await.LONG);
        if (!(stores.carry(store, 100, nonce).block(Await.LONG) instanceof CarryOutcome.Spent)) {
            return false;
        }
        stores.carryKeys(store, 100).block(Await.LONG);
        stores.finish(store).block(Await.LONG);
        return stores.prune(store, Duration.ZERO, Duration.ZERO).block(Await.LONG) instanceof PruneOutcome.Pruned;
    }

    private static Outcome again(ActiveJob<Integer> job) {
        Duration pause = Duration.ofMillis(ThreadLocalRandom.current().nextInt(20, 400));
        return job.attempt() > 5
                ? Outcome.done()
                : ThreadLocalRandom.current().nextBoolean()
                        ? Outcome.retryAfter(pause, "again")
                        : Outcome.snooze(pause);
    }
}
