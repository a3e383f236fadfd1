package io.awa.reactive.benchmarks;

import java.util.Map;
import java.util.TreeMap;

/** One measurement. Runs on the caller's thread, which it blocks. */
@FunctionalInterface
interface Scenario {

    /** All of them by the name the command line knows. */
    Map<String, Scenario> ALL = new TreeMap<>(Map.of(
            "e2e", new EndToEnd(),
            "drain", new Drain(),
            "enqueue", new EnqueueRates(),
            "claim-depth", new ClaimDepth(),
            "fail-depth", new FailDepth(),
            "wal", new WalCost(),
            "scheduled", new Scheduled(),
            "horizon", new Horizon(),
            "prune", new Prune(),
            "replicas", new Replicas()));

    /**
     * Measures.
     *
     * @param report what was measured goes there
     */
    void run(Bench bench, Report report);
}
