package io.awa.reactive.benchmarks;

import io.awa.reactive.fanout.FanoutOptions;
import io.awa.reactive.fanout.FanoutReport;
import io.awa.reactive.fanout.HttpFanout;

/** Slow HTTP calls, thousands at once, by a process with a small heap, few threads and few connections: the example. */
final class Calls implements Scenario {

    private static final int JOBS = 20_000;

    @Override
    public void run(Bench bench, Report report) {
        Options options = bench.options();
        CallOptions calls = options.calls;
        FanoutOptions asked = new FanoutOptions(
                options.jobs(JOBS),
                calls.calls,
                calls.answerMillis,
                calls.heapMegabytes,
                FanoutOptions.defaults().workerFlags(),
                FanoutOptions.defaults().workerMain());
        try (Stage stage = bench.stage()) {
            FanoutReport seen = HttpFanout.run(asked, bench.url(), stage.schema(), line -> bench.say("%s", line));
            report.put("jobs", seen.jobs())
                    .put("completed", seen.completed())
                    .put("in_flight_max", seen.inFlightMax())
                    .put("connections_max", seen.connectionsMax())
                    .put("heap_mb_max", seen.heapMbMax())
                    .put("unsettled", seen.unsettled())
                    .put("threads_max", seen.threadsMax())
                    .put("threads", seen.threads())
                    .put("rss_mb_max", seen.rssMbMax())
                    .put("held", seen.heldMax())
                    .put("answered", seen.answered())
                    .put("seconds", seen.seconds());
        }
    }
}
