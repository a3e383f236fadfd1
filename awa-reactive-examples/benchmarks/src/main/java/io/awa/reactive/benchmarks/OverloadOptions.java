package io.awa.reactive.benchmarks;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What only the overload scenario is asked for. Filled by the command line, then only read. */
final class OverloadOptions {

    @Option(
            names = "--mark",
            description = "overload: producers are slowed at this depth; default 5 s of what workers can do.")
    @Nullable
    Integer mark;

    @Option(names = "--freeze", description = "overload: seconds the server is stopped under load; default none.")
    int freeze;

    @Option(names = "--after", description = "overload: seconds of load after the freeze; default ${DEFAULT-VALUE}.")
    int after = 20;

    int mark(int rate) {
        return mark == null ? 5 * rate : mark;
    }

    void ranges(Map<String, int[]> ranges) {
        ranges.put("--mark", new int[] {mark == null ? 10 : mark, 10, 100_000_000});
        ranges.put("--freeze", new int[] {freeze, 0, 3_600});
        ranges.put("--after", new int[] {after, 1, 86_400});
    }
}
