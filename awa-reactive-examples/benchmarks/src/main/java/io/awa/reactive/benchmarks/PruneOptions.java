package io.awa.reactive.benchmarks;

import java.util.Map;
import picocli.CommandLine.Option;

/** What only the prune scenario is asked for. Filled by the command line, then only read. */
final class PruneOptions {

    @Option(names = "--rows", description = "prune: jobs in the segment that is given back; default ${DEFAULT-VALUE}.")
    int rows = 1_000_000;

    @Option(
            names = "--gap-ms",
            description = "prune: pause between two segments while workers are at it; default ${DEFAULT-VALUE}.")
    int gapMillis = 100;

    void ranges(Map<String, int[]> ranges) {
        ranges.put("--rows", new int[] {rows, 1, 100_000_000});
        ranges.put("--gap-ms", new int[] {gapMillis, 1, 60_000});
    }
}
