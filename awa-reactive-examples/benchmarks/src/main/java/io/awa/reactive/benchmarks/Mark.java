package io.awa.reactive.benchmarks;

import java.util.Map;

/**
 * All counters at one moment.
 *
 * @param nanos     System.nanoTime
 * @param offered   jobs given to enqueue
 * @param enqueued  jobs stored
 * @param completed jobs that ended for good, durably
 * @param server    the server's state
 * @param dead      tuples that died so far, by relation
 * @param waits     waits for locks so far
 * @param signals   what maintenance told so far, by step and outcome
 */
record Mark(
        long nanos,
        long offered,
        long enqueued,
        long completed,
        ServerState server,
        Map<String, Long> dead,
        LockWatch.Waits waits,
        Map<String, Long> signals) {}
