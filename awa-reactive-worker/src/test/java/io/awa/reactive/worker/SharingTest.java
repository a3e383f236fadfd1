package io.awa.reactive.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.testkit.AwaPostgres;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Several processes' worth of instances. */
@Timeout(120)
class SharingTest {

    @Test
    void fourProcessesShareAQueueAndEachLaneIsClaimedInOrder() {
        try (Rig rig = new Rig()) {
            List<RunningWorker> workers = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                workers.add(rig.start(
                        rig.instance(AwaPostgres.shared().connections()),
                        w -> w.handle(
                                        Rig.NUMBER,
                                        job -> Mono.delay(Duration.ofMillis(1)).thenReturn(Outcome.done()))
                                .queue("q", q -> q.workers(16).claim(32))));
            }
            Flux.range(0, 8_000)
                    .flatMap(n -> rig.awa.enqueue(Rig.NUMBER.with(n).priority(1 + n % 3)), 512)
                    .blockLast(Await.LONG);
            AtomicInteger stored = new AtomicInteger(8_000);
            // One that stood still while the others did them all has its share of more.
            Await.until("each has its share", () -> {
                boolean fair =
                        workers.stream().allMatch(worker -> worker.stats().completed() > 400);
                if (!fair && rig.ledger().open() == 0) {
                    Flux.range(stored.getAndAdd(1_000), 1_000)
                            .flatMap(n -> rig.awa.enqueue(Rig.NUMBER.with(n).priority(1 + n % 3)), 512)
                            .blockLast(Await.LONG);
                }
                return fair;
            });
            long all = stored.get();
            assertThat(rig.settled()).matches(l -> l.completed() == all && l.twice() == 0 && l.claims() == all);
            // Claims of a lane, in the order of its ledger, take ascending positions: nothing was released here, and
            // what a claim passed over was not yet committed then.
            assertThat(rig.number("select count(*) from (select lower(members) as low, holes.n as passed,"
                            + " max(upper(members)) over (partition by lane order by no"
                            + " rows between unbounded preceding and 1 preceding) as before"
                            + " from {awa}.claims_0 c, lateral (select count(*) as n from unnest(c.old + c.young)) holes"
                            + " where c.n > 0) x where low < before and passed = 0"
                            + " and not exists (select from {awa}.claims_0 o where not isempty(o.old + o.young))"))
                    .isZero();
        }
    }

    @Test
    void oneProducersJobsStartInOrderAcrossProcesses() {
        try (Rig rig = new Rig()) {
            Queue<Integer> begun = new ConcurrentLinkedQueue<>();
            for (int i = 0; i < 4; i++) {
                rig.start(
                        rig.instance(AwaPostgres.shared().connections()),
                        w -> w.handle(Rig.NUMBER, job -> Mono.fromRunnable(() -> begun.add(job.args())))
                                .queue("q", q -> q.workers(1).claim(1)));
            }
            rig.enqueue(400);
            assertThat(rig.settled().completed()).isEqualTo(400);
            // Claimed one by one, so the claims' order is that of positions; handlers of four processes may overlap.
            assertThat(rig.sql("select lower(members)::text from {awa}.claims_0 where n > 0 order by no").stream()
                            .map(Long::valueOf)
                            .toList())
                    .isSorted()
                    .hasSize(400);
            List<Integer> order = new ArrayList<>(begun);
            for (int i = 0; i < order.size(); i++) {
                int job = order.get(i);
                // What a process has claimed may begin late, as late as it pleases; it is not many.
                assertThat(order.subList(i, order.size()).stream()
                                .filter(later -> later < job)
                                .count())
                        .as("jobs before job %s that began after it", job)
                        .isLessThan(60);
            }
        }
    }

    @Test
    void schemasAndWorkersSideBySideDoNotMix() {
        try (Rig one = new Rig();
                Rig two = new Rig()) {
            Queue<Integer> ones = new ConcurrentLinkedQueue<>();
            Queue<Integer> twos = new ConcurrentLinkedQueue<>();
            for (int i = 0; i < 2; i++) {
                one.start(w -> w.handle(Rig.NUMBER, job -> Mono.fromRunnable(() -> ones.add(job.args()))));
                two.start(w -> w.handle(Rig.NUMBER, job -> Mono.fromRunnable(() -> twos.add(job.args()))));
            }
            Mono.when(
                            one.awa.enqueueAll(Rig.NUMBER, Flux.range(0, 3_000)),
                            two.awa.enqueueAll(Rig.NUMBER, Flux.range(10_000, 3_000)))
                    .block(Await.LONG);
            assertThat(one.settled()).matches(l -> l.completed() == 3_000 && l.claims() == 3_000);
            assertThat(two.settled()).matches(l -> l.completed() == 3_000 && l.claims() == 3_000);
            assertThat(ones).hasSize(3_000).doesNotHaveDuplicates().allMatch(n -> n < 10_000);
            assertThat(twos).hasSize(3_000).doesNotHaveDuplicates().allMatch(n -> n >= 10_000);
        }
    }
}
