package io.awa.reactive.benchmarks;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What the scenarios are asked for. Filled by the command line, then only read. */
final class Options {

    @Option(
            names = "--database-url",
            paramLabel = "URL",
            description = "r2dbc:postgresql://user:password@host:port/database; an embedded, durable server if absent.")
    @Nullable
    String databaseUrl;

    @Option(
            names = "--seconds",
            description =
                    "Measured seconds: e2e, latency 20, enqueue 5 for each way, prune 30 with and without, overload 600,"
                            + " tenants 60 alone and beside, overhead 5 for each.")
    @Nullable
    Integer seconds;

    @Option(
            names = "--warmup",
            description =
                    "Seconds before the measured ones: e2e 5, horizon 60, prune, overload, latency 10, tenants 20,"
                            + " overhead 2.")
    @Nullable
    Integer warmup;

    @Option(names = "--payload-bytes", description = "Size of a job's arguments as JSON; default ${DEFAULT-VALUE}.")
    int payloadBytes = 256;

    @Option(names = "--workers", description = "Handlers at once; default ${DEFAULT-VALUE}.")
    int workers = 512;

    @Option(names = "--batch", description = "Ends of jobs in one statement at most; default ${DEFAULT-VALUE}.")
    int batch = 1_024;

    @Option(names = "--claim", description = "Jobs in one claim at most; default ${DEFAULT-VALUE}.")
    int claim = 512;

    @Option(names = "--linger-ms", description = "How long ends of jobs wait for others; default ${DEFAULT-VALUE}.")
    int lingerMillis = 2;

    @Option(names = "--max-unsettled", description = "Jobs claimed and not durably ended at most; default 4 batches.")
    @Nullable
    Integer maxUnsettled;

    @Option(names = "--producers", description = "Streams of enqueueAll at once; default ${DEFAULT-VALUE}.")
    int producers = 2;

    @Option(
            names = "--rate",
            description =
                    "e2e: offer this many jobs a second, one enqueue each, instead of the most; horizon: 800; latency: 500;"
                            + " prune: 2000; tenants: the noisy one's, 3000; overload: what workers can do, 2000; twice as much is offered.")
    @Nullable
    Integer rate;

    @Option(
            names = "--depth-mark",
            description = "e2e: producers pause above this depth; default 40,000, or more for many producers.")
    @Nullable
    Integer depthMark;

    @Option(
            names = "--jobs",
            description =
                    "drain: jobs, scheduled: jobs for later, default 1,000,000; wal: jobs for each batch, default 51,200;"
                            + " http-fanout: jobs, default 20,000;"
                            + " replicas: jobs for each number of processes, default 300,000;"
                            + " fail-depth: jobs for each action, default 500.")
    @Nullable
    Integer jobs;

    @Option(names = "--in-flight", description = "enqueue: single enqueues at once; default ${DEFAULT-VALUE}.")
    int inFlight = 256;

    @Option(
            names = "--depth",
            description = "claim-depth: one more depth to measure at; fail-depth: the only one beside 0.")
    @Nullable
    Integer depth;

    @Option(
            names = "--max-depth",
            description = "claim-depth, fail-depth: leave larger ones out; default ${DEFAULT-VALUE}.")
    int maxDepth = 1_000_000;

    @Option(names = "--claims", description = "claim-depth: claims timed at each depth; default ${DEFAULT-VALUE}.")
    int claims = 40;

    @Option(names = "--stream", description = "scheduled: jobs due over 10 s; default ${DEFAULT-VALUE}.")
    int stream = 100_000;

    @Option(names = "--burst", description = "scheduled: jobs due at one moment; default ${DEFAULT-VALUE}.")
    int burst = 200_000;

    @Option(
            names = "--pinned",
            arity = "0..1",
            fallbackValue = "1",
            paramLabel = "SECONDS",
            description =
                    "scheduled: a transaction keeps its snapshot all the time. horizon: for this long; default 1200.")
    @Nullable
    Integer pinned;

    @Option(
            names = "--handler-ms",
            description =
                    "replicas, overload, tenants: a job keeps its worker for so long, waiting; 0: not at all. Default ${DEFAULT-VALUE}.")
    int handlerMillis = 20;

    @Option(names = "--binary", description = "Connections ask for the binary format of values.")
    boolean binary;

    // A connect takes three turns of the chooser of loops, so three loops, or six, would leave most of them idle.
    @Option(
            names = "--loops",
            description =
                    "Event loop threads of the driver; default ${DEFAULT-VALUE}. A multiple of 3 acts as a third of it.")
    int loops = 1;

    @Option(names = "--keep", description = "Leave the schema behind.")
    boolean keep;

    @Mixin
    HorizonOptions horizon = new HorizonOptions();

    @Mixin
    PruneOptions prune = new PruneOptions();

    @Mixin
    OverheadOptions overhead = new OverheadOptions();

    @Mixin
    OverloadOptions overload = new OverloadOptions();

    @Mixin
    LatencyOptions latency = new LatencyOptions();

    @Mixin
    CallOptions calls = new CallOptions();

    int seconds(int otherwise) {
        return seconds == null ? otherwise : seconds;
    }

    int warmup(int otherwise) {
        return warmup == null ? otherwise : warmup;
    }

    int rate(int otherwise) {
        return rate == null ? otherwise : rate;
    }

    int jobs(int otherwise) {
        return jobs == null ? otherwise : jobs;
    }

    int depthMark() {
        return depthMark == null ? Math.max(40_000, leastMark()) : depthMark;
    }

    // A stream that pauses holds a chunk that is not full yet: below this mark all of the depth could be such chunks.
    private int leastMark() {
        return 8_192 * producers;
    }

    int maxUnsettled() {
        return maxUnsettled == null ? 4 * batch : maxUnsettled;
    }

    /** What is wrong with them, or null. */
    @Nullable
    String trouble() {
        Map<String, int[]> ranges = new LinkedHashMap<>();
        ranges.put("--seconds", new int[] {seconds(1), 1, 86_400});
        ranges.put("--warmup", new int[] {warmup(0), 0, 86_400});
        ranges.put("--payload-bytes", new int[] {payloadBytes, Payload.MIN_BYTES, 1_000_000});
        ranges.put("--workers", new int[] {workers, 1, 100_000});
        ranges.put("--batch", new int[] {batch, 1, 8_192});
        ranges.put("--claim", new int[] {claim, 1, 4_096});
        ranges.put("--linger-ms", new int[] {lingerMillis, 0, 1_000});
        ranges.put("--max-unsettled", new int[] {maxUnsettled(), batch, 1_000_000});
        ranges.put("--producers", new int[] {producers, 1, 64});
        ranges.put("--rate", new int[] {rate == null ? 1 : rate, 1, 1_000_000});
        ranges.put("--depth-mark", new int[] {depthMark(), leastMark(), 100_000_000});
        ranges.put("--jobs", new int[] {jobs(1), 1, 100_000_000});
        ranges.put("--in-flight", new int[] {inFlight, 1, 100_000});
        ranges.put("--depth", new int[] {depth == null ? 0 : depth, 0, 100_000_000});
        ranges.put("--max-depth", new int[] {maxDepth, 0, 100_000_000});
        ranges.put("--claims", new int[] {claims, 1, 10_000});
        ranges.put("--stream", new int[] {stream, 1, 10_000_000});
        ranges.put("--burst", new int[] {burst, 1, 10_000_000});
        ranges.put("--handler-ms", new int[] {handlerMillis, 0, 60_000});
        ranges.put("--loops", new int[] {loops, 1, 64});
        ranges.put("--pinned", new int[] {pinned == null ? 1 : pinned, 1, 86_400});
        horizon.ranges(ranges);
        prune.ranges(ranges);
        overhead.ranges(ranges);
        overload.ranges(ranges);
        latency.ranges(ranges);
        calls.ranges(ranges);
        for (Map.Entry<String, int[]> range : ranges.entrySet()) {
            int[] r = range.getValue();
            if (r[0] < r[1] || r[0] > r[2]) {
                return range.getKey() + " is " + r[0] + ", allowed are " + r[1] + " to " + r[2];
            }
        }
        if (overload.freeze > 0 && databaseUrl != null) {
            return "--freeze stops the server that this program starts: it does not go with --database-url";
        }
        String trouble = overhead.trouble();
        return trouble == null ? horizon.trouble() : trouble;
    }

    /** The settings that shape any scenario, for the report. The address stays out: it may hold a password. */
    Map<String, @Nullable Object> describe() {
        return new Report()
                .put("embedded", databaseUrl == null)
                .put("payload_bytes", payloadBytes)
                .put("workers", workers)
                .put("batch", batch)
                .put("claim", claim)
                .put("linger_ms", lingerMillis)
                .put("max_unsettled", maxUnsettled())
                .put("producers", producers)
                .put("rate", rate)
                .put("depth_mark", depthMark())
                .put("binary", binary)
                .put("loops", loops)
                .fields();
    }
}
