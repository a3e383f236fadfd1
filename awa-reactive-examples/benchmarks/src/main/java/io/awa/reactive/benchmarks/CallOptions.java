package io.awa.reactive.benchmarks;

import java.util.Map;
import picocli.CommandLine.Option;

/** What only the http-fanout scenario is asked for. */
final class CallOptions {

    @Option(names = "--calls", description = "http-fanout: HTTP calls under way at once; default ${DEFAULT-VALUE}.")
    int calls = 10_000;

    @Option(names = "--answer-ms", description = "http-fanout: how long the server takes; default ${DEFAULT-VALUE}.")
    int answerMillis = 15_000;

    @Option(names = "--heap-mb", description = "http-fanout: the worker's heap at most; default ${DEFAULT-VALUE}.")
    int heapMegabytes = 512;

    void ranges(Map<String, int[]> ranges) {
        ranges.put("--calls", new int[] {calls, 1, 100_000});
        ranges.put("--answer-ms", new int[] {answerMillis, 0, 600_000});
        ranges.put("--heap-mb", new int[] {heapMegabytes, 32, 65_536});
    }
}
