package io.awa.reactive.benchmarks;

import io.awa.reactive.engine.Stores;
import io.r2dbc.spi.Connection;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Jobs that become due while many more are scheduled for later: a stream of them, whose lateness is measured, and a batch
 * that is due all at once, which shows how fast they are promoted. A worker takes them as they come. Lateness is from the
 * due time to the commit that put the job into its lane, both by the server's clock.
 */
final class Scheduled implements Scenario {

    private static final int LATER = 1_000_000;
    private static final int CHUNK = 10_000;
    private static final int STREAM_SECONDS = 10;
    private static final int LEAD_SECONDS = 5;
    private static final int LOADED_PER_SECOND = 20_000;
    private static final int REST_SECONDS = 3;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @Override
    public void run(Bench bench, Report report) {
        Options options = bench.options();
        Ledger ledger = new Ledger();
        try (Stage stage = bench.stage()) {
            Load load = new Load(bench, stage, ledger);
            int jobs = options.jobs(LATER);
            load.prepare();
            long begin = System.nanoTime();
            load.later(jobs);
            report.put("scheduled", jobs)
                    .put("load_s", (System.nanoTime() - begin) / 1e9)
                    .put("pinned", options.pinned != null)
                    .put("store_bytes_before", load.bytes());
            try (Pin pin = new Pin(bench, options.pinned != null);
                    Crew crew = Crew.start(stage, options, ledger)) {
                Pause.of(Duration.ofSeconds(1));
                int lead = LEAD_SECONDS + (options.stream + options.burst) / LOADED_PER_SECOND;
                long first = load.now() + lead * 1_000_000L;
                long batch = first + (STREAM_SECONDS + REST_SECONDS) * 1_000_000L;
                load.due(options.stream, first, STREAM_SECONDS * 1_000_000L);
                load.due(options.burst, batch, 0);
                bench.say(
                        "loaded %,d, %,d of them due in the next %d s",
                        ledger.enqueuedCount() + jobs,
                        options.stream + options.burst,
                        lead + STREAM_SECONDS + REST_SECONDS);
                Pause.of(Duration.ofNanos(Math.max(0, (batch - load.now()) * 1_000)));
                boolean all = Pause.until(
                        () -> ledger.completedCount() >= ledger.enqueuedCount(), ledger::completedCount, PATIENCE);
                Pause.of(Litter.REPORTING);
                report.put("drained", all && crew.drain().clean());
                load.lateness(batch, report);
                load.claimed(batch, report);
                load.promoted(batch, options.burst, report);
                load.changes(report);
            }
            ledger.tell(report);
        }
    }

    /** A snapshot that stays, as a forgotten transaction would keep it. */
    private static final class Pin implements AutoCloseable {

        private final @Nullable Connection connection;

        Pin(Bench bench, boolean wanted) {
            connection = wanted
                    ? Objects.requireNonNull(
                            Mono.from(bench.connections().create()).block())
                    : null;
            if (connection != null) {
                Flux.from(connection
                                .createStatement("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1; SELECT 1")
                                .execute())
                        .concatMap(result -> result.getRowsUpdated())
                        .blockLast();
            }
        }

        @Override
        public void close() {
            if (connection != null) {
                Mono.from(connection.close()).block();
            }
        }
    }

    /** What is put into the store, and read out of the tables afterwards. */
    private record Load(Bench bench, Stage stage, Ledger ledger) {

        /** One job the ordinary way makes the queue, the lane and the kind. */
        void prepare() {
            int id = ledger.begin(1, System.nanoTime());
            stage.awa()
                    .enqueue(Payload.TYPE.with(new Payload.Maker(bench.options().payloadBytes).of(id)))
                    .block();
            ledger.enqueued(1);
        }

        void later(int jobs) {
            for (int from = 0; from < jobs; from += CHUNK) {
                int n = Math.min(CHUNK, jobs - from);
                add("clock_timestamp() + interval '1 day' + i * interval '1 ms'", from, n);
                if (from % (100 * CHUNK) == 0) {
                    bench.say("%,d scheduled", from);
                }
            }
        }

        /** Jobs due from a moment on, evenly over a span; both in microseconds of the server's clock. */
        void due(int jobs, long at, long span) {
            int first = ledger.begin(jobs, System.nanoTime());
            for (int from = 0; from < jobs; from += CHUNK) {
                int n = Math.min(CHUNK, jobs - from);
                add(
                        "timestamptz 'epoch' + (" + at + " + (i - " + first + ")::bigint * " + span + " / " + jobs
                                + ") * interval '1 microsecond'",
                        first + from,
                        n);
            }
            ledger.enqueued(jobs);
        }

        private void add(String due, int first, int n) {
            bench.probe()
                    .run(sql("SELECT cardinality({awa}.add_entries(array(SELECT row(null, null, " + due
                            + ", null, null, l.lane, k.kind, null, 0, 25, null, 's', null, null, ('{\"id\":' || i"
                            + " || ',\"pad\":\"' || repeat('x', " + bench.options().payloadBytes
                            + " - 24) || '\"}')::json, null)"
                            + "::{awa}.new_entry FROM generate_series(" + first + ", " + (first + n - 1) + ") i,"
                            + " {awa}.lanes l, {awa}.kinds k)))"));
        }

        long now() {
            return bench.probe().number("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint");
        }

        long bytes() {
            return bench.probe().number(sql("SELECT sum(bytes)::bigint FROM {awa}.store_states()"));
        }

        /** From the due time to the commit of the promotion; where the server keeps no commit times, to the ending. */
        void lateness(long batch, Report report) {
            boolean commits = bench.probe()
                    .text("SELECT current_setting('track_commit_timestamp')")
                    .equals("on");
            String at = commits ? "pg_xact_commit_timestamp(x.xmin)" : "x.at";
            String ends = repeated(
                    "SELECT " + at + " AS at, e.due_at FROM {awa}.endings_%1$d x JOIN {awa}.entries_%1$d e"
                            + " ON e.entry = x.entry WHERE x.outcome = 'p'",
                    Stores.CHILDREN);
            List<@Nullable Object> row = percentiles(batch, "at", "due_at", "(" + ends + ") y");
            report.put("commit_times", commits)
                    .put("stream", row.get(0))
                    .put("lateness_p50_ms", row.get(1))
                    .put("lateness_p99_ms", row.get(2))
                    .put("lateness_max_ms", row.get(3))
                    .put("too_early", row.get(4));
        }

        /** From the due time to the claim, which depends on the workers as well. */
        void claimed(long batch, Report report) {
            String jobs = union("jobs", "SELECT j.pos, j.available_at FROM {awa}.jobs_%d j WHERE j.origin IS NOT NULL");
            String claims = union(
                    "claims",
                    "SELECT c.claimed_at, generate_series(lower(r), upper(r) - 1) AS pos FROM {awa}.claims_%d c,"
                            + " unnest(c.members) r");
            List<@Nullable Object> row = percentiles(
                    batch, "claimed_at", "available_at", "(" + jobs + ") j JOIN (" + claims + ") c ON c.pos = j.pos");
            report.put("claimed_p50_ms", row.get(1)).put("claimed_p99_ms", row.get(2));
        }

        private List<@Nullable Object> percentiles(long batch, String at, String due, String source) {
            return bench.probe()
                    .rows(sql("SELECT count(*), percentile_cont(0.5) WITHIN GROUP (ORDER BY ms),"
                            + " percentile_cont(0.99) WITHIN GROUP (ORDER BY ms), max(ms), count(*) FILTER (WHERE ms < 0)"
                            + " FROM (SELECT (extract(epoch FROM " + at + " - " + due + ") * 1000)::float8 AS ms FROM "
                            + source + " WHERE extract(epoch FROM " + due + ") * 1000000 < " + (batch - 1_000_000)
                            + ") x"))
                    .get(0);
        }

        void promoted(long batch, int jobs, Report report) {
            List<@Nullable Object> row = bench.probe()
                    .rows(sql("SELECT count(*), (extract(epoch FROM max(at)) * 1000000 - " + batch
                            + ")::float8, count(DISTINCT closer) FROM ("
                            + repeated(
                                    "SELECT x.at, x.closer, e.due_at FROM"
                                            + " {awa}.endings_%1$d x JOIN {awa}.entries_%1$d e ON e.entry = x.entry"
                                            + " WHERE x.outcome = 'p'",
                                    Stores.CHILDREN)
                            + ") y WHERE extract(epoch FROM due_at) * 1000000 >= " + (batch - 1)))
                    .get(0);
            double seconds = ((Number) Objects.requireNonNull(row.get(1))).doubleValue() / 1e6;
            report.put("burst", row.get(0))
                    .put("burst_rounds", row.get(2))
                    .put("burst_s", seconds)
                    .put("promoted_per_s", jobs / seconds);
        }

        void changes(Report report) {
            bench.probe().run("SELECT pg_stat_clear_snapshot()");
            List<@Nullable Object> row = bench.probe()
                    .rows("SELECT coalesce(sum(n_tup_upd + n_tup_del), 0)::bigint, coalesce(sum(n_dead_tup), 0)::bigint"
                            + " FROM pg_stat_user_tables WHERE schemaname = '" + stage.schema() + "' AND relname ~"
                            + " '^(jobs|marks|claims|closures|entries|endings|progress|keys)_'")
                    .get(0);
            report.put("updates_and_deletes_job_tables", row.get(0)).put("dead_tuples_job_tables", row.get(1));
        }

        private String union(String family, String each) {
            int children = (int) bench.probe()
                    .number("SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE"
                            + " n.nspname = '" + stage.schema() + "' AND c.relkind = 'r' AND c.relname ~ '^" + family
                            + "_[0-9]+$'");
            return repeated(each, children);
        }

        private static String repeated(String each, int times) {
            StringBuilder all = new StringBuilder();
            for (int i = 0; i < times; i++) {
                all.append(i == 0 ? "" : " UNION ALL ").append(String.format(each, i));
            }
            return all.toString();
        }

        private String sql(String text) {
            return text.replace("{awa}", '"' + stage.schema() + '"');
        }
    }
}
