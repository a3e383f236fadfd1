package io.awa.reactive.quickstart;

import io.awa.reactive.engine.Segment;
import io.awa.reactive.quickstart.Demo.Phase;
import java.util.List;

/**
 * What one frame shows.
 *
 * @param phase          where the run stands
 * @param settings       what was asked for
 * @param version        of the server
 * @param address        of the server, for psql
 * @param seconds        since the start
 * @param counts         all counts
 * @param enqueuedPerSec over the last second
 * @param endedPerSec    over the last second
 * @param lanes          each kind with its queue
 * @param inFlight       handlers at work
 * @param jobsPerClaim   on average, over the last second
 * @param jobsPerCommit  ends in one statement on average, over the last second
 * @param walPerJob      bytes since the start
 * @param toClaim        enqueued to claimed, over the last three seconds
 * @param toEnd          enqueued to durably ended, over the last three seconds
 * @param throughput     ends a second, oldest first
 * @param backlog        jobs waiting, oldest first
 * @param segments       the live ones, oldest first
 * @param opened         segments since the schema was made
 * @param lastFailure    kind and reason; empty where there was none
 */
record Snapshot(
        Phase phase,
        Settings settings,
        String version,
        String address,
        double seconds,
        Tally.Counts counts,
        double enqueuedPerSec,
        double endedPerSec,
        List<Lane> lanes,
        int inFlight,
        double jobsPerClaim,
        double jobsPerCommit,
        double walPerJob,
        Latency toClaim,
        Latency toEnd,
        List<Double> throughput,
        List<Double> backlog,
        List<Segment> segments,
        long opened,
        String lastFailure) {

    long waiting() {
        return lanes.stream().mapToLong(Lane::waiting).sum();
    }

    /** Segments given back to the disk. */
    long reclaimed() {
        return opened - segments.size();
    }

    /**
     * One kind of job in its queue.
     *
     * @param queue    the queue
     * @param priority its priority
     * @param kind     its kind
     * @param waiting  not yet claimed
     * @param ended    done or failed
     */
    record Lane(String queue, int priority, String kind, long waiting, long ended) {}
}
