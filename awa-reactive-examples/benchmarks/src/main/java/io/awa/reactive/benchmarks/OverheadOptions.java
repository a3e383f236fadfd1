package io.awa.reactive.benchmarks;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What only the overhead scenario is asked for. Filled by the command line, then only read. */
final class OverheadOptions {

    @Option(names = "--rounds", description = "overhead: rounds that count; default ${DEFAULT-VALUE}.")
    int rounds = 5;

    @Option(
            names = "--only",
            paramLabel = "FEATURE",
            split = ",",
            description = "overhead: only these beside the bare queue; all if absent.")
    List<String> only = List.of();

    void ranges(Map<String, int[]> ranges) {
        ranges.put("--rounds", new int[] {rounds, 1, 100});
    }

    /** What is wrong with the features' names, or null. */
    @Nullable
    String trouble() {
        Set<String> features = Feature.all().keySet();
        for (String name : only) {
            if (!features.contains(name)) {
                return "--only is " + name + ", allowed are " + String.join(", ", features);
            }
        }
        return null;
    }
}
