package io.awa.reactive.benchmarks;

import io.awa.reactive.admin.QueueSettings;
import io.awa.reactive.admin.StateCount;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * Two tenants in one queue, worked by four processes: a quiet one alone, then beside one that offers a thousand times as much.
 * What the noise costs the quiet one, and whether more attempts of a key were ever at work than may be: by the handlers'
 * clocks, and by the commits of claims and ends in the database.
 */
final class Tenants implements Scenario {

    private static final int PROCESSES = 4;
    private static final int LIMIT = 4;
    private static final int RATE = 3_000;
    private static final int TIMES = 1_000;
    private static final int SECONDS = 60;
    private static final int WARMUP = 20;
    private static final String QUIET = "quiet";
    private static final String NOISY = "noisy";
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    // Ends come before what begins at the same microsecond. A position that was given back opens again with its next
    // claim.
    private static final String EVIDENCE = """
            WITH attempt AS (%s), event AS (
              SELECT key, opened AS at, 1 AS step FROM attempt
               UNION ALL SELECT key, closed, -1 FROM attempt WHERE closed IS NOT NULL)
            SELECT count(*) FILTER (WHERE step = 1)::bigint, count(*) FILTER (WHERE step = 1 AND open > %d)::bigint,
                   coalesce(max(open), 0)::bigint
              FROM (SELECT step, sum(step) OVER (PARTITION BY key ORDER BY at, step) AS open FROM event) x""";

    private static final String CHILD = """
            SELECT j.extras ->> 'concurrency_key' AS key, pg_xact_commit_timestamp(m.xid) AS opened,
                   (SELECT pg_xact_commit_timestamp(z.xmin) FROM %1$s.closures_%2$d z
                     WHERE z.lane = m.lane AND z.no = m.no AND get_bit(z.members, m.o::int) = 1) AS closed
              FROM (SELECT c.lane, c.no, c.xmin AS xid, y.pos,
                           row_number() OVER (PARTITION BY c.lane, c.no ORDER BY y.pos) - 1 AS o
                      FROM %1$s.claims_%2$d c, unnest(c.members) r, generate_series(lower(r), upper(r) - 1) y(pos)) m
              JOIN %1$s.jobs_%2$d j ON j.pos = m.pos""";

    @Override
    public void run(Bench bench, Report report) {
        int rate = bench.options().rate(RATE);
        double quiet = Math.max(1, rate / (double) TIMES);
        int seconds = bench.options().seconds(SECONDS);
        try (Stage stage = bench.stage()) {
            stage.awa()
                    .admin()
                    .queue(TenantJob.TYPE.queue())
                    .settings(QueueSettings.defaults().keyLimit(LIMIT))
                    .block();
            Litter litter = Litter.now(bench.probe(), stage.schema());
            List<TenantProcess> workers = IntStream.range(0, PROCESSES)
                    .mapToObj(i -> TenantProcess.start(bench, stage, PROCESSES, i))
                    .toList();
            KeyIntervals attempts = new KeyIntervals();
            try {
                workers.forEach(TenantProcess::await);
                measure(bench, stage, workers, attempts, quiet, rate, seconds, report);
            } finally {
                workers.forEach(TenantProcess::close);
            }
            workers.forEach(worker -> worker.drainTo(attempts));
            judge(bench, stage, attempts, report);
            Pause.of(Litter.REPORTING);
            Litter.now(bench.probe(), stage.schema()).since(litter, report);
        }
    }

    private static void measure(
            Bench bench,
            Stage stage,
            List<TenantProcess> workers,
            KeyIntervals attempts,
            double quiet,
            int rate,
            int seconds,
            Report report) {
        try (Offer warm = new Offer(stage, QUIET, 20 * quiet, 0)) {
            warm.run(bench.options().warmup(WARMUP), workers, attempts);
        }
        Offer alone = new Offer(stage, QUIET, quiet, 1_000_000);
        alone.run(seconds, workers, attempts);
        double before = alone.p99(attempts);
        bench.say("alone: p50 %.2f ms, p99 %.2f ms of %d", alone.p50(attempts), before, alone.offered());

        Offer beside = new Offer(stage, QUIET, quiet, 2_000_000);
        Offer noisy = new Offer(stage, NOISY, rate, 3_000_000);
        long began = Clocks.micros();
        try (alone;
                beside;
                noisy) {
            noisy.start();
            beside.run(seconds, workers, attempts);
        }
        double with = beside.p99(attempts);
        double lasted = (Clocks.micros() - began) / 1e6;
        long done = attempts.count(one -> one.key().equals(NOISY));
        bench.say("beside the noise: p50 %.2f ms, p99 %.2f ms of %d", beside.p50(attempts), with, beside.offered());
        Map<String, Long> counts = Objects.requireNonNull(stage.awa()
                .admin()
                .counts(TenantJob.TYPE.queue())
                .collectMap(each -> each.state().name(), Tenants::number)
                .block());
        report.put("processes", PROCESSES)
                .put("limit", LIMIT)
                .put("handler_ms", bench.options().handlerMillis)
                .put("quiet_offered", beside.offered())
                .put("noisy_offered", noisy.offered())
                .put("offered_ratio", noisy.offered() / (double) Math.max(1, beside.offered()))
                .put("noisy_done_per_s", done / lasted)
                .put("quiet_p50_alone_ms", alone.p50(attempts))
                .put("quiet_p99_alone_ms", before)
                .put("quiet_p50_ms", beside.p50(attempts))
                .put("quiet_p99_ms", with)
                .put("quiet_p99_ratio", with / before)
                .put("quiet_unanswered", alone.missing(attempts) + beside.missing(attempts))
                .put("by_state", counts);
    }

    private static long number(StateCount count) {
        return count.count().value();
    }

    private static void judge(Bench bench, Stage stage, KeyIntervals attempts, Report report) {
        long byHandlers = attempts.exceeded(LIMIT);
        report.put("attempts", attempts.count(one -> true))
                .put("most_at_once", attempts.most())
                .put("limit_exceeded_by_handlers", byHandlers);
        long byDatabase = 0;
        if (bench.probe().text("SHOW track_commit_timestamp").equals("on")) {
            int children = (int) bench.probe()
                    .number("SELECT value::int FROM \"" + stage.schema() + "\".settings WHERE key = 'children'");
            List<String> parts = new ArrayList<>();
            for (int child = 0; child < children; child++) {
                parts.add(String.format(CHILD, stage.schema(), child));
            }
            List<@Nullable Object> row = bench.probe()
                    .rows(String.format(EVIDENCE, String.join(" UNION ALL ", parts), LIMIT))
                    .get(0);
            byDatabase = Probe.asLong(row.get(1));
            report.put("attempts_in_database", row.get(0)).put("most_open_at_once", row.get(2));
        }
        report.put("limit_exceeded_in_database", byDatabase).put("limit_exceeded", byHandlers + byDatabase);
    }

    /** Jobs of one tenant at a rate, one enqueue each, and when each was due. */
    private static final class Offer implements AutoCloseable {

        private final Stage stage;
        private final String key;
        private final double rate;
        private final long first;
        private final Map<Long, Long> due = new ConcurrentHashMap<>();
        private final AtomicLong next = new AtomicLong();
        private final Scheduler scheduler = Schedulers.newSingle("bench-tenant", true);
        private Disposable loop = Disposables.disposed();

        Offer(Stage stage, String key, double rate, long first) {
            this.stage = stage;
            this.key = key;
            this.rate = rate;
            this.first = first;
        }

        void run(int seconds, List<TenantProcess> workers, KeyIntervals attempts) {
            start();
            Pause.of(Duration.ofSeconds(seconds));
            loop.dispose();
            Pause.until(
                    () -> {
                        workers.forEach(worker -> worker.drainTo(attempts));
                        return missing(attempts) == 0;
                    },
                    () -> -missing(attempts),
                    PATIENCE);
        }

        void start() {
            long began = Clocks.micros();
            long from = next.get();
            loop = Flux.interval(Duration.ofMillis(1), scheduler)
                    .onBackpressureDrop()
                    .subscribe(tick -> {
                        long until = from + (long) ((Clocks.micros() - began) / 1e6 * rate);
                        while (next.get() < until) {
                            long n = next.getAndIncrement();
                            due.put(first + n, began + (long) ((n + 1 - from) / rate * 1e6));
                            stage.awa()
                                    .enqueue(TenantJob.TYPE.with(new TenantJob(key, first + n)))
                                    .subscribe();
                        }
                    });
        }

        long offered() {
            return next.get();
        }

        long missing(KeyIntervals attempts) {
            return offered()
                    - attempts.of(key).filter(one -> due.containsKey(one.id())).count();
        }

        double p50(KeyIntervals attempts) {
            return latencies(attempts).getValueAtPercentile(50) / 1e3;
        }

        double p99(KeyIntervals attempts) {
            return latencies(attempts).getValueAtPercentile(99) / 1e3;
        }

        // From the moment a job was due to the end of its handler.
        private Histogram latencies(KeyIntervals attempts) {
            Histogram micros = new Histogram(3);
            attempts.of(key).filter(one -> due.containsKey(one.id())).forEach(one -> {
                long since = Objects.requireNonNull(due.get(one.id()));
                micros.recordValue(Math.max(0, one.ended() - since));
            });
            return micros;
        }

        @Override
        public void close() {
            loop.dispose();
            scheduler.dispose();
        }
    }
}
