package io.awa.reactive.benchmarks;

import io.awa.reactive.admin.CancelOutcome;
import io.awa.reactive.engine.Claim;
import io.awa.reactive.engine.Detail;
import io.awa.reactive.engine.Ending;
import io.awa.reactive.engine.HeldAttempts;
import io.awa.reactive.engine.Progress;
import io.awa.reactive.job.JobId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;

/**
 * What it costs to end a job otherwise than well, and to say that it still runs, with a long history of claims behind it in
 * the same segment. One job a statement, each a durable transaction; another transaction keeps its snapshot all the time,
 * so that whatever is updated or deleted cannot be collected.
 */
final class FailDepth implements Scenario {

    private static final int[] DEPTHS = {0, 100_000, 1_000_000};
    private static final int EACH = 500;
    private static final int WARM_UP = 100;

    @Override
    public void run(Bench bench, Report report) {
        TreeSet<Integer> depths = new TreeSet<>();
        Integer chosen = bench.options().depth;
        if (chosen == null) {
            Arrays.stream(DEPTHS).filter(d -> d <= bench.options().maxDepth).forEach(depths::add);
        } else {
            depths.addAll(List.of(0, chosen));
        }
        List<Object> all = new ArrayList<>();
        Map<String, Double> base = new LinkedHashMap<>();
        double worst = 0;
        double ratio = 0;
        long changes = 0;
        for (int depth : depths) {
            try (Measure measure = new Measure(bench)) {
                Map<String, Double> costs = measure.run(depth);
                costs.forEach(base::putIfAbsent);
                for (Map.Entry<String, Double> cost : costs.entrySet()) {
                    worst = Math.max(worst, cost.getValue());
                    ratio = Math.max(ratio, cost.getValue() / Objects.requireNonNull(base.get(cost.getKey())));
                }
                Report one = new Report().put("depth", depth);
                costs.forEach((name, millis) -> one.put(name + "_ms", millis));
                changes += measure.litter(one);
                all.add(one.fields());
                bench.say("depth %,9d  %s", depth, shown(costs));
            }
        }
        report.put("jobs_each", bench.options().jobs(EACH))
                .put("depths", all)
                .put("max_ms_per_job", worst)
                .put("ratio_max", ratio)
                .put("updates_deletes_and_dead", changes);
    }

    private static String shown(Map<String, Double> costs) {
        StringBuilder text = new StringBuilder();
        costs.forEach((name, millis) -> text.append(String.format(Locale.ROOT, "%s %.3f  ", name, millis)));
        return text + "ms";
    }

    private static double median(double[] values) {
        Arrays.sort(values);
        int n = values.length;
        return (values[(n - 1) / 2] + values[n / 2]) / 2;
    }

    /** One depth, in a schema of its own. */
    private static final class Measure implements AutoCloseable {

        private static final String TABLES = "^(jobs|marks|claims|closures|entries|endings|progress|keys)_[0-9]+$";

        private final Bench bench;
        private final Stage stage;
        private final Hands hands;
        private final HeldAttempts held;
        private final Probe pin;
        private final Ledger ledger = new Ledger();
        private final int each;
        private long leases;

        Measure(Bench bench) {
            this.bench = bench;
            stage = bench.stage();
            // The queue, its lane and the kind come with the first job.
            stage.load(1, ledger);
            hands = new Hands(stage);
            hands.complete(Objects.requireNonNull(hands.claim(1)));
            held = stage.awa().engine().heldAttempts("bench");
            each = bench.options().jobs(EACH);
            pin = new Probe(bench.connections());
        }

        Map<String, Double> run(int depth) {
            history(depth);
            pin.run("BEGIN ISOLATION LEVEL REPEATABLE READ");
            pin.number("SELECT count(*) FROM pg_class");
            Map<String, Double> costs = new LinkedHashMap<>();
            costs.put("fail", claimed(claim -> hands.end(claim, Ending.FAILED, error(), null)));
            costs.put("retry", claimed(claim -> hands.end(claim, Ending.RETRIED, error(), null)));
            costs.put("snooze", claimed(claim -> hands.end(claim, Ending.SNOOZED, null, null)));
            costs.put("cancel_running", claimed(claim -> cancel(claim.position(0))));
            costs.put("cancel_available", cancels());
            costs.put("beat", timed(i -> hands.beat()));
            costs.put("progress", reports());
            return costs;
        }

        /** Updates, deletes and dead tuples of the tables that jobs pass through, the store's included. */
        long litter(Report report) {
            Pause.of(Litter.REPORTING);
            bench.probe().run("SELECT pg_stat_clear_snapshot()");
            long changes = count("n_tup_upd + n_tup_del");
            long dead = count("n_dead_tup");
            report.put("updates_and_deletes", changes).put("dead_tuples", dead);
            return changes + dead;
        }

        private long count(String what) {
            return bench.probe()
                    .number(String.format(
                            "SELECT coalesce(sum(%s), 0)::bigint FROM pg_stat_all_tables"
                                    + " WHERE schemaname = '%s' AND relname ~ '%s'",
                            what, stage.schema(), TABLES));
        }

        private double claimed(Action<Claim> action) {
            int n = each + WARM_UP;
            stage.load(n, ledger);
            List<Claim> claims = new ArrayList<>();
            for (int i = 0; i < n; i++) {
                claims.add(Objects.requireNonNull(hands.claim(1)));
            }
            return timed(i -> action.run(claims.get(i)));
        }

        private double cancels() {
            stage.load(each + WARM_UP, ledger);
            long last = bench.probe().number(String.format("SELECT last_value FROM \"%s\".lane_1", stage.schema()));
            return timed(i -> cancel(1L << 41 | last - i));
        }

        private double reports() {
            long[] names = new long[each + WARM_UP];
            stage.load(names.length, ledger);
            for (int i = 0; i < names.length; i++) {
                names[i] = ((long) hands.worker() << 32) + (1L << 31) + ++leases;
                hands.end(Objects.requireNonNull(hands.claim(1)), Ending.HELD, null, names[i]);
            }
            return timed(i -> {
                if (Objects.requireNonNull(
                                held.report(List.of(new HeldAttempts.Report(names[i], 1, Progress.NONE.at(50, "half"))))
                                        .block())
                        .isEmpty()) {
                    throw new IllegalStateException("a lease does not stand");
                }
            });
        }

        private void cancel(long id) {
            if (!(stage.awa().admin().cancel(new JobId(id)).block() instanceof CancelOutcome.Cancelled)) {
                throw new IllegalStateException("not cancelled: " + id);
            }
        }

        private double timed(Action<Integer> action) {
            double[] times = new double[each];
            for (int i = 0; i < each + WARM_UP; i++) {
                long begin = System.nanoTime();
                action.run(i);
                if (i >= WARM_UP) {
                    times[i - WARM_UP] = (System.nanoTime() - begin) / 1e6;
                }
            }
            return median(times);
        }

        private static Detail error() {
            return Detail.error("java.io.IOException", "connection reset by peer");
        }

        /** Claims of one job each, all completed, at the lane's end. */
        private void history(int n) {
            if (n == 0) {
                return;
            }
            Probe probe = bench.probe();
            String schema = '"' + stage.schema() + '"';
            String first = String.format("((1::bigint << 41) | (SELECT last_value FROM %s.lane_1))", schema);
            probe.run("BEGIN");
            probe.text(String.format("SELECT cell::text FROM %s.reserve(array[1], 1)", schema));
            probe.run(String.format(
                    "INSERT INTO %s.jobs_0 (pos, kind, args) SELECT %s + i, 1, '{\"id\":0,\"pad\":\"\"}'"
                            + " FROM generate_series(1, %d) i",
                    schema, first, n));
            probe.run(String.format(
                    "INSERT INTO %1$s.claims_0 (no, nonce, high, judge, claimed_at, lane, worker, n, members, old, young)"
                            + " SELECT c.no + i, -i, %2$s + i, '3', clock_timestamp(), 1, %3$d, 1,"
                            + " int8multirange(int8range(%2$s + i, %2$s + i, '[]')), '{}', '{}'"
                            + " FROM generate_series(1, %4$d) i, (SELECT max(no) AS no FROM %1$s.claims_0 WHERE lane = 1) c",
                    schema, first, hands.worker(), n));
            probe.run(String.format(
                    "INSERT INTO %1$s.closures_0 (no, closer, at, lane, part, outcomes, members)"
                            + " SELECT c.no, 1, clock_timestamp(), 1, 1, 'c', '1' FROM %1$s.claims_0 c WHERE c.nonce < 0",
                    schema));
            probe.number(String.format(
                    "SELECT setval('%1$s.lane_1', (SELECT last_value FROM %1$s.lane_1) + %2$d)", schema, n));
            probe.run("COMMIT");
        }

        @Override
        public void close() {
            pin.close();
            held.close().block(Duration.ofSeconds(10));
            hands.close();
            stage.close();
        }
    }

    @FunctionalInterface
    private interface Action<T> {
        void run(T what);
    }
}
