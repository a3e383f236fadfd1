package io.awa.reactive.fanout;

import java.util.List;

/**
 * What to try.
 *
 * @param jobs         jobs in all
 * @param inFlight     handlers at once, each with a call under way
 * @param answerMillis how long the server takes to answer
 * @param heapMegabytes the worker process's heap at most
 * @param workerFlags  more flags for its JVM
 * @param workerMain   its main class, {@link FanoutWorker} or one that calls it
 */
public record FanoutOptions(
        int jobs, int inFlight, int answerMillis, int heapMegabytes, List<String> workerFlags, String workerMain) {

    /** 20,000 jobs, 10,000 of them at once, 15 s for an answer, 512 MiB. */
    public static FanoutOptions defaults() {
        return new FanoutOptions(20_000, 10_000, 15_000, 512, List.of(), FanoutWorker.class.getName());
    }

    /** The same with other jobs. */
    public FanoutOptions jobs(int number) {
        return new FanoutOptions(number, inFlight, answerMillis, heapMegabytes, workerFlags, workerMain);
    }

    /** The same with other handlers at once. */
    public FanoutOptions inFlight(int number) {
        return new FanoutOptions(jobs, number, answerMillis, heapMegabytes, workerFlags, workerMain);
    }

    /** The same with another time to answer. */
    public FanoutOptions answerMillis(int millis) {
        return new FanoutOptions(jobs, inFlight, millis, heapMegabytes, workerFlags, workerMain);
    }

    /** The same with another main class and flags of the worker's JVM. */
    public FanoutOptions worker(String main, String... flags) {
        return new FanoutOptions(jobs, inFlight, answerMillis, heapMegabytes, List.of(flags), main);
    }
}
