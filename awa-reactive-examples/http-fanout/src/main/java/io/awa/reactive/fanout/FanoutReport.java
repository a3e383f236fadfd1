package io.awa.reactive.fanout;

import java.util.List;

/**
 * What was seen.
 *
 * @param jobs           jobs stored
 * @param completed      whose end is durable, as the worker was told
 * @param unsettled      jobs that have no end, as the database counts them, or the worker, whichever is more
 * @param answered       calls the server answered
 * @param inFlightMax    calls the server had open at once, at most
 * @param heldMax        attempts that stood in the store because they ran long, in all
 * @param connectionsMax database connections of the worker process at once, at most, as the server counts them
 * @param threadsMax     threads of the worker process at once, at most: all that Java knows but main and the JVM's own
 * @param threads        their names
 * @param heapMbMax      used heap of the worker process at most, in MiB
 * @param rssMbMax       its resident memory at most, in MiB; 0 where the system does not say
 * @param blocked        blocking calls that BlockHound saw on threads that must not block; -1: it did not watch
 * @param seconds        from the worker's start to its last job's end
 */
public record FanoutReport(
        int jobs,
        long completed,
        long unsettled,
        long answered,
        int inFlightMax,
        long heldMax,
        int connectionsMax,
        int threadsMax,
        List<String> threads,
        long heapMbMax,
        long rssMbMax,
        int blocked,
        double seconds) {}
