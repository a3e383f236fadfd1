package io.awa.reactive.benchmarks;

import io.awa.reactive.engine.Claim;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a claim costs, whatever waits behind it. The depth is kept: what a claim takes is enqueued anew before the next.
 * Times are those of the engine's caller, so they hold the round trip and the decoding of the answer.
 */
final class ClaimDepth implements Scenario {

    private static final int[] DEPTHS = {0, 10_000, 100_000, 1_000_000};
    private static final int FLAT_FROM = 10_000;
    private static final int WARM_UP = 12;
    private static final int EXPLAINS = 7;
    private static final int FIRST_WARM_UP = 300;
    private static final int WARM_UP_DEPTH = 2_048;

    @Override
    public void run(Bench bench, Report report) {
        TreeSet<Integer> depths = new TreeSet<>();
        Arrays.stream(DEPTHS).filter(d -> d <= bench.options().maxDepth).forEach(depths::add);
        Integer more = bench.options().depth;
        if (more != null) {
            depths.add(more);
        }
        List<Object> all = new ArrayList<>();
        List<Double> flat = new ArrayList<>();
        List<Double> serverFlat = new ArrayList<>();
        Ledger ledger = new Ledger();
        try (Stage stage = bench.stage();
                Hands hands = new Hands(stage)) {
            Litter litter = Litter.now(bench.probe(), stage.schema());
            new Measure(bench, stage, hands, ledger, WARM_UP_DEPTH).warmUp();
            for (int depth : depths) {
                Measure measure = new Measure(bench, stage, hands, ledger, depth);
                Result result = measure.run(all);
                if (depth >= FLAT_FROM) {
                    flat.add(result.callMillis);
                    serverFlat.add(result.serverMillis);
                }
            }
            Pause.of(Litter.REPORTING);
            Litter.now(bench.probe(), stage.schema()).since(litter, report);
        }
        report.put("claim_of", bench.options().claim).put("claims_each", bench.options().claims);
        report.put("depths", all).put("ratio_max", ratio(flat)).put("server_ratio_max", ratio(serverFlat));
    }

    private static double ratio(List<Double> times) {
        double max = times.stream().mapToDouble(d -> d).max().orElse(Double.NaN);
        double min = times.stream().mapToDouble(d -> d).min().orElse(Double.NaN);
        return max / min;
    }

    private static double median(List<Double> values) {
        List<Double> sorted = values.stream().sorted().toList();
        int n = sorted.size();
        return (sorted.get((n - 1) / 2) + sorted.get(n / 2)) / 2;
    }

    /** One depth. */
    private record Measure(Bench bench, Stage stage, Hands hands, Ledger ledger, int depth) {

        Result run(List<Object> all) {
            fill();
            int n = bench.options().claims;
            List<Double> times = new ArrayList<>();
            for (int i = -WARM_UP; i < n; i++) {
                double millis = claim();
                if (i >= 0) {
                    times.add(millis);
                }
            }
            Plan plan = explained();
            double millis = median(times);
            bench.say(
                    "depth %,9d  claim %.3f ms  server %.3f ms  buffers %,d", depth, millis, plan.millis, plan.buffers);
            all.add(new Report()
                    .put("depth", depth)
                    .put("claim_ms", millis)
                    .put(
                            "claim_ms_max",
                            times.stream().mapToDouble(d -> d).max().orElse(Double.NaN))
                    .put("server_ms", plan.millis)
                    .put("buffers", plan.buffers)
                    .put("buffers_read", plan.read)
                    .put("buffers_dirtied", plan.dirtied)
                    .fields());
            return new Result(millis, plan.millis);
        }

        /** Lets the compiler see the path, then empties the queue: the first depth is not to pay for it. */
        void warmUp() {
            fill();
            for (int i = 0; i < FIRST_WARM_UP; i++) {
                claim();
            }
            for (Claim left = hands.claim(bench.options().claim);
                    left != null;
                    left = hands.claim(bench.options().claim)) {
                hands.complete(left);
            }
        }

        private double claim() {
            long begin = System.nanoTime();
            Claim claim = hands.claim(bench.options().claim);
            double millis = (System.nanoTime() - begin) / 1e6;
            if (claim != null) {
                hands.complete(claim);
            }
            fill();
            return millis;
        }

        private void fill() {
            int missing = (int) (depth - stage.depth());
            if (missing > 0) {
                stage.load(missing, ledger);
            }
        }

        /** Of several, the one with the median time; the first ones of a session read the catalog, and do not count. */
        private Plan explained() {
            List<Plan> plans = new ArrayList<>();
            for (int i = -WARM_UP; i < EXPLAINS; i++) {
                Plan plan = explain();
                fill();
                if (i >= 0) {
                    plans.add(plan);
                }
            }
            plans.sort((a, b) -> Double.compare(a.millis, b.millis));
            return plans.get(EXPLAINS / 2);
        }

        private Plan explain() {
            String text = bench.probe()
                    .text(String.format(
                            "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) SELECT * FROM \"%s\".claim(%d, %d, %d, %d)",
                            stage.schema(), hands.queue(), bench.options().claim, hands.worker(), hands.nonce()));
            JsonNode top = JsonMapper.shared().readTree(text).get(0);
            JsonNode plan = top.get("Plan");
            long hit = plan.get("Shared Hit Blocks").asLong();
            long read = plan.get("Shared Read Blocks").asLong();
            return new Plan(
                    top.get("Execution Time").asDouble(),
                    hit + read,
                    read,
                    plan.get("Shared Dirtied Blocks").asLong());
        }
    }

    private record Result(double callMillis, double serverMillis) {}

    private record Plan(double millis, long buffers, long read, long dirtied) {}
}
