package io.awa.reactive.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.job.JobType;
import java.time.Duration;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Bodies too large to travel with their claim are fetched when their handler starts. */
@ExtendWith(OneTry.class)
class LargeBodiesTest {

    private static final JobType<String> TEXT = JobType.of("text", String.class).queue("q");
    private static final int JOBS = 200;
    private static final int LENGTH = 20_000;

    @Test
    void lostConnectionsFailNoJobAndHandlersStayOnTheirThreads() {
        try (Rig rig = new Rig()) {
            rig.awa
                    .enqueueAll(TEXT, Flux.range(0, JOBS).map(LargeBodiesTest::body))
                    .block(Await.LONG);
            Set<String> threads = ConcurrentHashMap.newKeySet();
            Set<String> seen = ConcurrentHashMap.newKeySet();

            RunningWorker worker = rig.start(settings -> settings.handle(TEXT, job -> {
                        threads.add(Thread.currentThread().getName().replaceAll("\\d+", "N"));
                        assertThat(job.args()).hasSize(LENGTH);
                        seen.add(job.args());
                        return Mono.delay(Duration.ofMillis(5)).thenReturn(Outcome.done());
                    })
                    .queue("q", q -> q.workers(16)));
            for (int kills = 0; kills < 5; kills++) {
                long before = worker.stats().completed();
                rig.terminate("claim");
                Await.until(
                        "progress after a lost connection",
                        () -> worker.stats().completed() > before
                                || worker.stats().completed() == JOBS);
            }

            assertThat(rig.settled()).satisfies(ledger -> {
                assertThat(ledger.completed()).isEqualTo(JOBS);
                assertThat(ledger.failed()).isZero();
                assertThat(ledger.twice()).isZero();
            });
            assertThat(seen).hasSize(JOBS);
            assertThat(threads).containsExactly("awa-handler-N");
        }
    }

    // Random enough not to be compressed below the size that travels.
    private static String body(int seed) {
        StringBuilder text = new StringBuilder(LENGTH);
        SplittableRandom random = new SplittableRandom(seed);
        while (text.length() < LENGTH) {
            text.append((char) ('a' + random.nextInt(26)));
        }
        return text.toString();
    }
}
