package io.awa.reactive.benchmarks;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What only the long-horizon scenario is asked for. Filled by the command line, then only read. */
final class HorizonOptions {

    /** Which tables the pinned transaction reads, and so keeps a lock on. */
    enum PinReads {
        /** None: the horizon alone. */
        none,
        /** Configuration, and the children of segments and stores that are in use when it begins. */
        live,
        /** Each table of the schema: no child can be given back while it lasts. */
        all
    }

    @Option(names = "--clean", description = "horizon: seconds before the transaction; default ${DEFAULT-VALUE}.")
    int clean = 300;

    @Option(names = "--recovery", description = "horizon: seconds after it; default ${DEFAULT-VALUE}.")
    int recovery = 300;

    @Option(names = "--retries", description = "horizon: share of jobs tried twice, 0 to 1; default ${DEFAULT-VALUE}.")
    double retries;

    @Option(names = "--snoozes", description = "horizon: share of jobs snoozed once; default ${DEFAULT-VALUE}.")
    double snoozes;

    @Option(names = "--failures", description = "horizon: share of jobs that fail; default ${DEFAULT-VALUE}.")
    double failures;

    @Option(names = "--held", description = "horizon: share of jobs that run long; default ${DEFAULT-VALUE}.")
    double held;

    @Option(names = "--scheduled", description = "horizon: share of jobs due later; default ${DEFAULT-VALUE}.")
    double scheduled;

    @Option(names = "--out", paramLabel = "DIR", description = "horizon: write report.json, .csv and .html there.")
    @Nullable
    Path out;

    @Option(names = "--pin-reads", description = "horizon: ${COMPLETION-CANDIDATES}; default ${DEFAULT-VALUE}.")
    PinReads pinReads = PinReads.live;

    @Option(names = "--sample", description = "horizon: seconds between samples; default ${DEFAULT-VALUE}.")
    int sample = 10;

    @Option(names = "--rotate", description = "horizon: a segment's seconds at most; default ${DEFAULT-VALUE}.")
    int rotate = 60;

    @Option(names = "--retention", description = "horizon: a segment's retention, seconds; default ${DEFAULT-VALUE}.")
    int retention = 60;

    @Option(names = "--rotate-store", description = "horizon: a store's seconds at most; default ${DEFAULT-VALUE}.")
    int rotateStore = 120;

    @Option(
            names = "--processes",
            description = "horizon: workers that the database takes for so many processes, each with its share of"
                    + " --workers, all in this one; default ${DEFAULT-VALUE}.")
    int processes = 1;

    void ranges(Map<String, int[]> ranges) {
        ranges.put("--clean", new int[] {clean, 1, 86_400});
        ranges.put("--recovery", new int[] {recovery, 1, 86_400});
        ranges.put("--sample", new int[] {sample, 1, 3_600});
        ranges.put("--rotate", new int[] {rotate, 1, 86_400});
        ranges.put("--retention", new int[] {retention, 0, 86_400});
        ranges.put("--processes", new int[] {processes, 1, 64});
        ranges.put("--rotate-store", new int[] {rotateStore, 1, 86_400});
    }

    /** What is wrong with the shares, or null. */
    @Nullable
    String trouble() {
        double sum = 0;
        for (Map.Entry<String, Double> share : shares().entrySet()) {
            double value = share.getValue();
            if (!(value >= 0 && value <= 1)) {
                return "--" + share.getKey() + " is " + value + ", allowed are 0.0 to 1.0";
            }
            sum += value;
        }
        return sum > 1 + 1e-9 ? "the shares of " + String.join(", ", shares().keySet()) + " sum up to " + sum : null;
    }

    /** Shares by name. */
    Map<String, Double> shares() {
        Map<String, Double> shares = new LinkedHashMap<>();
        shares.put("retries", retries);
        shares.put("snoozes", snoozes);
        shares.put("failures", failures);
        shares.put("held", held);
        shares.put("scheduled", scheduled);
        return shares;
    }
}
