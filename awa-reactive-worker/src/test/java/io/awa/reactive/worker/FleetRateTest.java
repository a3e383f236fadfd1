package io.awa.reactive.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.admin.RateLimit;
import io.awa.reactive.engine.LiveQueues;
import io.awa.reactive.engine.Workers;
import io.awa.reactive.testkit.AwaPostgres;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** A rate limit that all processes of a schema share. */
@Timeout(120)
class FleetRateTest {

    private static final int PROCESSES = 4;

    private final Faults faults = new Faults(AwaPostgres.shared().connections());
    private final Rig rig = new Rig(AwaPostgres.shared(), faults);
    private final Queue<Long> claims = new ConcurrentLinkedQueue<>();

    @AfterEach
    void close() {
        rig.close();
    }

    /** The bound of {@link FleetTokens}, by the times the database gave the claims. */
    @Test
    void allProcessesTogetherStayBelowTheRate() {
        int rate = 60;
        int burst = 12;
        RateLimit limit = RateLimit.perSecond(rate).burst(burst).fleetWide();
        rig.enqueue(3_000);
        long begun = System.nanoTime();
        List<RunningWorker> workers = new ArrayList<>();
        for (int i = 0; i < PROCESSES; i++) {
            workers.add(rig.start(
                    rig.instance(faults), w -> w.handle(Rig.NUMBER, this::note).queue("q", q -> q.rateLimit(limit))));
        }
        Await.until(
                "some seconds, of each",
                () -> claims.size() > 300
                        && workers.stream().allMatch(worker -> worker.stats().claimed() > 0));
        List<Long> at = claims.stream().sorted().toList();
        int held = PROCESSES * FleetTokens.slice(limit);
        assertThat(held).isEqualTo(PROCESSES * 12);
        for (int from = 0; from < at.size(); from++) {
            for (int to = from; to < at.size(); to++) {
                double seconds = (at.get(to) - at.get(from)) / 1e6;
                assertThat(to - from + 1).as("from %d to %d", from, to).isLessThanOrEqualTo((int)
                        Math.floor(burst + held + rate * seconds));
            }
        }
        // At most ten statements a second and process.
        int statements = faults.count("lease_tokens");
        double took = (System.nanoTime() - begun) / 1e9;
        assertThat(statements).isLessThanOrEqualTo((int) (PROCESSES * 10 * took) + PROCESSES);
    }

    @Test
    void aScarceTokenIsNotWastedOnEmptyQueuesNorOnBusyProcesses() {
        RateLimit limit = RateLimit.perHour(1).burst(2).fleetWide();
        RunningWorker busy = rig.start(w -> w.handle(Rig.NUMBER, job -> Mono.<Outcome>never())
                .queue("q", q -> q.workers(1).rateLimit(limit)));
        RunningWorker idle = rig.start(
                rig.instance(faults), w -> w.handle(Rig.NUMBER, this::note).queue("q", q -> q.rateLimit(limit)));
        // Both have looked at the empty queue for a while.
        Await.until("looked", () -> busy.stats().claims() > 5 && idle.stats().claims() > 5);
        rig.enqueue(1);
        Await.until("one", () -> busy.stats().claimed() + idle.stats().claimed() == 1);
        rig.enqueue(5);
        Await.until("two", () -> busy.stats().claimed() + idle.stats().claimed() == 2);
        Await.staysTrue(
                "no more",
                Duration.ofMillis(1_500),
                () -> busy.stats().claimed() + idle.stats().claimed() == 2);
        busy.drain(Duration.ZERO).block(Await.LONG);
    }

    @Test
    void whatADrainedProcessHadIsThereForOthers() {
        RateLimit limit = RateLimit.perHour(1).burst(1).fleetWide();
        RunningWorker first = rig.start(w -> w.handle(Rig.NUMBER, this::note).queue("q", q -> q.rateLimit(limit)));
        Await.until("it has the token", () -> first.stats().claims() > 2);
        first.drain(Duration.ofSeconds(5)).block(Await.LONG);
        rig.enqueue(1);
        rig.start(rig.instance(faults), w -> w.handle(Rig.NUMBER, this::note).queue("q", q -> q.rateLimit(limit)));
        Await.until("done", () -> claims.size() == 1);
    }

    @Test
    void aLostAnswerIsSpentAndTheNextLeaseGoesOn() {
        rig.enqueue(100);
        Faults.Rule lost = faults.loseAnswers("lease_tokens", 2);
        rig.start(w -> w.handle(Rig.NUMBER, this::note)
                .queue("q", q -> q.rateLimit(RateLimit.perSecond(200).fleetWide())));
        Await.until("all", () -> claims.size() == 100);
        assertThat(lost.times()).isEqualTo(2);
    }

    /** The arithmetic of the cell alone: never more than the bucket has, and tokens brought back are there again. */
    @Test
    void theCellIsABucket() {
        Workers workers = rig.awa.engine().workers();
        try {
            LiveQueues live = workers.queues();
            RateLimit limit = RateLimit.perHour(36).burst(5).fleetWide();
            assertThat(lease(live, limit, 3)).isEqualTo(3);
            assertThat(lease(live, limit, 9)).isEqualTo(2);
            assertThat(lease(live, limit, 1)).isZero();
            assertThat(lease(live, limit, -2)).isEqualTo(-2);
            assertThat(lease(live, limit, 9)).isEqualTo(2);
            assertThat(lease(live, limit, -5)).isEqualTo(-5);
            assertThat(lease(live, limit, -5)).isEqualTo(-5);
            assertThat(lease(live, limit, 99)).isEqualTo(5);
            // A clock that was set back: no standstill, and no tokens for nothing.
            rig.sql("select setval('{awa}.rate_1', last_value + 3600 * 1000000000::bigint) from {awa}.rate_1");
            assertThat(lease(live, limit, 9)).isZero();
            assertThat(lease(live, limit, -1)).isEqualTo(-1);
            assertThat(lease(live, limit, 9)).isEqualTo(1);
            // Extremes.
            assertThat(lease(live, new RateLimit(1_000_000, 1_000_000, true), 1_000_000))
                    .isBetween(0, 1_000_000);
            assertThat(lease(live, new RateLimit(RateLimit.LOWEST, 1_000_000, true), 1))
                    .isBetween(0, 1);
        } finally {
            workers.close().block(Await.LONG);
        }
    }

    /** Nobody looks in between: whoever has to wait for the next token is asked for when it is there. */
    @Test
    void whoWaitsForTheNextTokenIsNotForgotten() {
        Workers workers = rig.awa.engine().workers();
        Fleet fleet = new Fleet(workers.queues(), Schedulers.parallel());
        FleetTokens scarce = fleet.join(1);
        scarce.limit(RateLimit.perSecond(2).burst(1).fleetWide());
        AtomicInteger taken = new AtomicInteger();
        Runnable take = () -> {
            while (scarce.reserve(1) == 1) {
                taken.incrementAndGet();
                scarce.giveBack(0);
            }
        };
        scarce.onFree(take);
        take.run();
        Await.until("one after the other", () -> taken.get() >= 4);
        fleet.dispose();
        workers.close().block(Await.LONG);
    }

    @Test
    void manyAtOnceNeverTakeMoreThanThereIs() {
        List<Workers> all = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            all.add(rig.awa.engine().workers());
        }
        RateLimit limit = RateLimit.perHour(1).burst(50).fleetWide();
        // The cell is there, so that only the taking is raced for.
        assertThat(lease(all.get(0).queues(), limit, 1)).isEqualTo(1);
        int taken = Objects.requireNonNull(Flux.fromIterable(all)
                .flatMap(
                        one -> Flux.range(0, 40)
                                .concatMap(i -> one.queues().lease(List.of(new LiveQueues.Wish(1, limit, 3))))
                                .map(LiveQueues.Lease::tokens),
                        6)
                .reduce(0, Integer::sum)
                .block(Await.LONG));
        assertThat(taken).isEqualTo(49);
        all.forEach(one -> one.close().block(Await.LONG));
    }

    private static int lease(LiveQueues live, RateLimit limit, int tokens) {
        return Objects.requireNonNull(live.lease(List.of(new LiveQueues.Wish(1, limit, tokens)))
                        .blockFirst(Await.LONG))
                .tokens();
    }

    private Mono<Outcome> note(ActiveJob<Integer> job) {
        claims.add(
                job.claimedAt().getEpochSecond() * 1_000_000 + job.claimedAt().getNano() / 1_000);
        return Mono.empty();
    }
}
