package io.awa.reactive.worker;

/**
 * What a worker has done since it started, and has in hand.
 *
 * @param claimed   jobs claimed
 * @param completed jobs whose completion is durable
 * @param failed    jobs whose failure is durable
 * @param stale     ends that were refused because another attempt's counts
 * @param claims    claim statements sent
 * @param flushes   completion statements sent
 * @param running   handlers at work now
 * @param unsettled jobs claimed and not durably ended now
 */
public record WorkerStats(
        long claimed, long completed, long failed, long stale, long claims, long flushes, int running, int unsettled) {}
