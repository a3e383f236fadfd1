package io.awa.reactive.worker;

/**
 * What a worker has done since it started, and has in hand. Ends are counted when they are durable.
 *
 * @param claimed      jobs claimed
 * @param completed    jobs completed
 * @param failed       jobs failed for good, into the dead letters of their queue or not
 * @param retried      attempts whose job is to be tried again
 * @param snoozed      attempts whose job is to be tried again and that do not count
 * @param cancelled    jobs cancelled by their handler
 * @param deadLettered jobs that their handler sent to the dead letters
 * @param held         attempts that left their segment for the store while they ran
 * @param parked       jobs that were parked for a callback, less those that were resumed in their handler
 * @param stale        attempts that somebody else ended: their own end, or that they are given back, was refused
 * @param claims       claim statements sent
 * @param flushes      completion statements sent
 * @param running      handlers at work now
 * @param unsettled    jobs claimed and not durably ended now
 */
public record WorkerStats(
        long claimed,
        long completed,
        long failed,
        long retried,
        long snoozed,
        long cancelled,
        long deadLettered,
        long held,
        long parked,
        long stale,
        long claims,
        long flushes,
        int running,
        int unsettled) {}
