package io.awa.reactive.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.Awa;
import io.awa.reactive.admin.JobState;
import io.awa.reactive.job.JobId;
import io.awa.reactive.observe.JobUpdate;
import io.awa.reactive.testkit.AwaPostgres;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** What 5,000 observers cost the server, and how soon they are told; the numbers of ADR 0033. Run it on a quiet machine. */
@Tag("soak")
@Timeout(300)
class ObserveCostTest {

    private static final int WATCHERS = 5_000;
    private static final String LOOK = """
            select count(*) from {awa}.stirred(array(select '%1$s'::text from generate_series(1, 1000)),
              array(select l.child from w l order by 1 limit 1000), array(select coalesce(l.entry, l.pos) from w l limit 1000),
              array(select coalesce(l.no, 0) from w l limit 1000), array(select coalesce(l.ordinal, 0) from w l limit 1000),
              array(select 0::bigint from generate_series(1, 1000)))""";

    @Test
    void looksAndReads() {
        try (Rig rig = new Rig()) {
            rig.enqueue(WATCHERS);
            cost(rig, "available", "a");
            rig.start(w -> w.handle(Rig.NUMBER, job -> Mono.never())
                    .attempts(a -> a.holdAfter(Duration.ofMinutes(5)))
                    .completions(c -> new CompletionOptions(c.batch(), c.linger(), 2 * WATCHERS))
                    .queue("q", q -> q.workers(WATCHERS).claim(512)));
            Await.until("all run", () -> rig.worker().stats().running() == WATCHERS);
            cost(rig, "running", "r");
        }
        try (Rig rig = new Rig()) {
            rig.awa
                    .enqueueAll(
                            Flux.range(0, WATCHERS).map(i -> Rig.NUMBER.with(i).runAfter(Duration.ofHours(1))))
                    .block(Await.LONG);
            cost(rig, "scheduled", "e");
        }
    }

    private static void cost(Rig rig, String what, String kind) {
        String ids = kind.equals("e") ? "select entry from {awa}.entries_0" : "select pos from {awa}.jobs_0";
        rig.sql("create table {awa}.w as select * from {awa}.lives(array(" + ids + "))");
        String look = String.format(LOOK, kind).replace("from w l", "from {awa}.w l");
        String read = "select count(*) from {awa}.lives(array(select id from {awa}.w limit 100))";
        for (int i = 0; i < 5; i++) {
            rig.sql(look);
            rig.sql(read);
        }
        assertThat(rig.number(look)).isZero();
        System.err.println(what + ": look at 1,000 " + best(rig, look) + ", read of 100 " + best(rig, read));
        rig.sql("drop table {awa}.w");
    }

    private static String best(Rig rig, String sql) {
        double least = Double.MAX_VALUE;
        String buffers = "";
        for (int i = 0; i < 20; i++) {
            List<String> plan = rig.sql("explain (analyze, buffers, costs off) " + sql);
            for (String line : plan) {
                if (line.contains("Execution Time")) {
                    least = Math.min(least, Double.parseDouble(line.replaceAll("[^0-9.]", "")));
                }
            }
            buffers = plan.stream()
                    .filter(line -> line.contains("Buffers"))
                    .findFirst()
                    .orElse("")
                    .strip();
        }
        return least + " ms, " + buffers;
    }

    @Test
    void soonTheyAreTold() {
        try (Rig rig = new Rig()) {
            Awa elsewhere = rig.instance(AwaPostgres.shared().connections());
            int[] watched = {10, WATCHERS};
            for (int watchers : watched) {
                told(rig, elsewhere, watchers);
            }
        }
    }

    private static void told(Rig rig, Awa elsewhere, int watchers) {
        int from = (int) rig.number("select count(*) from {awa}.jobs_0");
        rig.enqueue(watchers);
        List<JobId> ids = rig.sql("select pos from {awa}.jobs_0 order by pos offset " + from).stream()
                .map(JobId::parse)
                .toList();
        long[] micros = new long[watchers];
        AtomicInteger known = new AtomicInteger();
        AtomicInteger ended = new AtomicInteger();
        for (int i = 0; i < watchers; i++) {
            int n = i;
            elsewhere.observe(ids.get(i)).subscribe(update -> {
                if (update instanceof JobUpdate.Reached now && now.state() == JobState.COMPLETED) {
                    micros[n] = Duration.between(now.at(), Instant.now()).toNanos() / 1_000;
                    ended.incrementAndGet();
                } else if (update instanceof JobUpdate.Reached now && now.state() == JobState.AVAILABLE) {
                    known.incrementAndGet();
                }
            });
        }
        Await.until("known", () -> known.get() == watchers);
        RunningWorker worker = rig.start(w -> w.handle(
                        Rig.NUMBER,
                        job -> Mono.delay(Duration.ofMillis(
                                        5_000 + ThreadLocalRandom.current().nextInt(10_000)))
                                .thenReturn(Outcome.done()))
                .attempts(a -> a.holdAfter(Duration.ofMinutes(5)))
                .completions(c -> new CompletionOptions(c.batch(), c.linger(), 2 * WATCHERS))
                .queue("q", q -> q.workers(watchers).claim(512)));
        Await.until(() -> "all told, " + ended, Duration.ofMinutes(2), () -> ended.get() == watchers);
        worker.drain(Duration.ofSeconds(5)).block(Await.LONG);
        long[] sorted = LongStream.of(micros).sorted().toArray();
        System.err.println(watchers + " observers, " + watchers / 10 + " ends/s: told after p50 "
                + sorted[watchers / 2] / 1_000.0 + " ms, p99 " + sorted[watchers * 99 / 100] / 1_000.0 + " ms, max "
                + Arrays.stream(sorted).max().orElse(0) / 1_000.0 + " ms");
    }
}
