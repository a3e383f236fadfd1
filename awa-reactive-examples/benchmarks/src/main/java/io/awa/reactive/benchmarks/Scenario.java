package io.awa.reactive.benchmarks;

import java.util.Map;
import java.util.TreeMap;

/** One measurement. Runs on the caller's thread, which it blocks. */
@FunctionalInterface
interface Scenario {

    /** All of them by the name the command line knows. */
    Map<String, Scenario> ALL = new TreeMap<>(Map.ofEntries(
            Map.entry("e2e", new EndToEnd()),
            Map.entry("latency", new Latency()),
            Map.entry("http-fanout", new Calls()),
            Map.entry("drain", new Drain()),
            Map.entry("enqueue", new EnqueueRates()),
            Map.entry("claim-depth", new ClaimDepth()),
            Map.entry("fail-depth", new FailDepth()),
            Map.entry("wal", new WalCost()),
            Map.entry("scheduled", new Scheduled()),
            Map.entry("horizon", new Horizon()),
            Map.entry("overhead", new Overhead()),
            Map.entry("overload", new Overload()),
            Map.entry("prune", new Prune()),
            Map.entry("replicas", new Replicas()),
            Map.entry("tenants", new Tenants())));

    /**
     * Measures.
     *
     * @param report what was measured goes there
     */
    void run(Bench bench, Report report);
}
