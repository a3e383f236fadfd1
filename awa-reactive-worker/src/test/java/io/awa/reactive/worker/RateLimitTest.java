package io.awa.reactive.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.admin.RateLimit;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;

/** Rate limits in a process. */
@Timeout(120)
class RateLimitTest {

    private final Rig rig = new Rig();
    private final Queue<Long> starts = new ConcurrentLinkedQueue<>();

    @AfterEach
    void close() {
        rig.close();
    }

    @Test
    void noMoreIsClaimedThanTokensAreThere() {
        rig.enqueue(1_000);
        RunningWorker worker = rig.start(w -> w.handle(Rig.NUMBER, this::note)
                .queue("q", q -> q.rateLimit(RateLimit.perSecond(50).burst(10))));
        Await.until("some seconds", () -> worker.stats().completed() >= 110);
        List<Long> claimed = claims();
        for (int from = 0; from < claimed.size(); from++) {
            for (int to = from; to < claimed.size(); to++) {
                double seconds = (claimed.get(to) - claimed.get(from)) / 1e6;
                // Tokens of one claim may be on their way when a window begins.
                assertThat(to - from + 1).isLessThanOrEqualTo((int) (10 + 10 + 50 * seconds));
            }
        }
        // What is claimed is at work at once.
        assertThat(worker.stats().claimed()).isLessThanOrEqualTo(starts.size() + 12L);
    }

    @Test
    void anIdleQueueUsesNoTokensAndTheBurstIsThereForTheFirst() {
        RunningWorker worker = rig.start(w -> w.handle(Rig.NUMBER, this::note)
                .queue("q", q -> q.rateLimit(RateLimit.perHour(1).burst(3))));
        Await.until("it has looked", () -> worker.stats().claims() > 8);
        rig.enqueue(10);
        Await.until("the burst", () -> starts.size() == 3);
        Await.staysTrue("no more", Duration.ofMillis(500), () -> worker.stats().claimed() == 3);
        long claims = worker.stats().claims();
        Await.staysTrue(
                "no token, no claim",
                Duration.ofMillis(500),
                () -> worker.stats().claims() == claims);
    }

    @Test
    void aLimitChangesWhileRunning() {
        rig.enqueue(500);
        RunningWorker worker = rig.start(w -> w.handle(Rig.NUMBER, this::note)
                .queue("q", q -> q.rateLimit(RateLimit.perHour(1).burst(1))));
        RunningQueue queue = worker.queue("q").orElseThrow();
        Await.until("one", () -> starts.size() == 1);
        queue.rateLimit(RateLimit.perSecond(100));
        Await.until("many", () -> starts.size() > 50);
        queue.rateLimit(null);
        assertThat(queue.rateLimit()).isEmpty();
        assertThat(rig.settled().completed()).isEqualTo(500);
    }

    private Mono<Outcome> note(ActiveJob<Integer> job) {
        starts.add(job.claimedAt().toEpochMilli());
        return Mono.empty();
    }

    private List<Long> claims() {
        return starts.stream().map(millis -> millis * 1_000).sorted().toList();
    }
}
