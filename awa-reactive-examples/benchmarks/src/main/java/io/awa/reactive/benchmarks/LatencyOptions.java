package io.awa.reactive.benchmarks;

import java.util.Map;
import picocli.CommandLine.Option;

/** What only the latency scenario is asked for. */
final class LatencyOptions {

    @Option(
            names = "--apart",
            description = "latency: the workers are in a process of their own, and hear of jobs from the database.")
    boolean apart;

    @Option(
            names = "--idle",
            description = "latency: seconds without a job in which statements are counted; default ${DEFAULT-VALUE}.")
    int idle = 10;

    @Option(names = "--queues", description = "latency: queues of the idle worker; default ${DEFAULT-VALUE}.")
    int queues = 1;

    void ranges(Map<String, int[]> ranges) {
        ranges.put("--idle", new int[] {idle, 0, 3_600});
        ranges.put("--queues", new int[] {queues, 1, 1_000});
    }
}
