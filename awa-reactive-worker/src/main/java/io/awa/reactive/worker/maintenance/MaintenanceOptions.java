package io.awa.reactive.worker.maintenance;

import io.awa.reactive.AwaValidationException;
import io.awa.reactive.worker.internal.Ranges;
import java.time.Duration;

/**
 * How segments and stores come and go, and who sees to it. Immutable; each setting returns a new instance. A segment is
 * given back to the disk when nothing in it is live and it is past its retention, by time or by bytes.
 *
 * @param interval    pause between passes over segments and over stores, 10 ms to 1 min; 1 s by default
 * @param rotateEvery a segment takes jobs this long at most, 100 ms to 1 day; 10 min by default
 * @param rotateBytes and until it has this size; 1 GiB by default
 * @param retention   finished segments are kept this long, so that their jobs can be looked at; 1 h by default
 * @param retainBytes but the oldest go when all live segments together are larger than this; 4 GiB by default
 * @param promoteEvery due jobs are put into their lanes this often, 10 ms to 1 min; 100 ms by default
 * @param storeRotateEvery the store's current children take entries this long at most, if some of them ended, 1 s to
 *     1 day; 5 min by default
 * @param storeRotateBytes and until they have this size; 512 MiB by default
 * @param requestsEvery requests of callers' transactions are looked for this often beside those that are announced,
 *     10 ms to 1 min; 250 ms by default
 * @param horizonEvery pause between looks at who holds the database's horizon back, 1 s to 1 h; 30 s by default
 * @param lead        how the one process that does all this is found
 * @param escalation  when a prune may wait for its locks
 */
public record MaintenanceOptions(
        Duration interval,
        Duration rotateEvery,
        long rotateBytes,
        Duration retention,
        long retainBytes,
        Duration promoteEvery,
        Duration storeRotateEvery,
        long storeRotateBytes,
        Duration requestsEvery,
        Duration horizonEvery,
        Lease lead,
        Escalation escalation) {

    private static final long GIB = 1L << 30;
    private static final MaintenanceOptions DEFAULTS = new MaintenanceOptions(
            Duration.ofSeconds(1),
            Duration.ofMinutes(10),
            GIB,
            Duration.ofHours(1),
            4 * GIB,
            Duration.ofMillis(100),
            Duration.ofMinutes(5),
            GIB / 2,
            Duration.ofMillis(250),
            Duration.ofSeconds(30),
            new Lease(Duration.ofSeconds(1), Duration.ofSeconds(4)),
            new Escalation(8, Duration.ofMillis(10)));

    /** @throws AwaValidationException if a value is out of its range */
    public MaintenanceOptions {
        Ranges.check("interval", interval, Duration.ofMillis(10), Duration.ofMinutes(1));
        Ranges.check("rotateEvery", rotateEvery, Duration.ofMillis(100), Duration.ofDays(1));
        Ranges.check("rotateBytes", rotateBytes, 1 << 20, 1024 * GIB);
        Ranges.check("retention", retention, Duration.ZERO, Duration.ofDays(3650));
        Ranges.check("retainBytes", retainBytes, 0, 1024 * 1024 * GIB);
        Ranges.check("promoteEvery", promoteEvery, Duration.ofMillis(10), Duration.ofMinutes(1));
        Ranges.check("storeRotateEvery", storeRotateEvery, Duration.ofSeconds(1), Duration.ofDays(1));
        Ranges.check("storeRotateBytes", storeRotateBytes, 1 << 20, 1024 * GIB);
        Ranges.check("requestsEvery", requestsEvery, Duration.ofMillis(10), Duration.ofMinutes(1));
        Ranges.check("horizonEvery", horizonEvery, Duration.ofSeconds(1), Duration.ofHours(1));
    }

    /** The defaults. */
    public static MaintenanceOptions defaults() {
        return DEFAULTS;
    }

    /** The same with another pause between passes. */
    public MaintenanceOptions interval(Duration pause) {
        return with(pause, rotateEvery, rotateBytes, retention, retainBytes);
    }

    /** The same with other bounds on a segment. */
    public MaintenanceOptions rotate(Duration every, long bytes) {
        return with(interval, every, bytes, retention, retainBytes);
    }

    /** The same with another retention. */
    public MaintenanceOptions retain(Duration time, long bytes) {
        return with(interval, rotateEvery, rotateBytes, time, bytes);
    }

    /** The same with another pause between promotions of due jobs. */
    public MaintenanceOptions promoteEvery(Duration pause) {
        return with(pause, storeRotateEvery, storeRotateBytes, requestsEvery, horizonEvery);
    }

    /** The same with other bounds on the store's current children. */
    public MaintenanceOptions rotateStore(Duration every, long bytes) {
        return with(promoteEvery, every, bytes, requestsEvery, horizonEvery);
    }

    /** The same with another pause between looks for requests. */
    public MaintenanceOptions requestsEvery(Duration pause) {
        return with(promoteEvery, storeRotateEvery, storeRotateBytes, pause, horizonEvery);
    }

    /** The same with another pause between looks at the horizon. */
    public MaintenanceOptions horizonEvery(Duration pause) {
        return with(promoteEvery, storeRotateEvery, storeRotateBytes, requestsEvery, pause);
    }

    /** The same with another lease of the leader. The same for every process of a schema. */
    public MaintenanceOptions lead(Duration beat, Duration lease) {
        return with(new Lease(beat, lease), escalation);
    }

    /** The same with other escalations. */
    public MaintenanceOptions escalate(int after, Duration patience) {
        return with(lead, new Escalation(after, patience));
    }

    private MaintenanceOptions with(Duration pause, Duration every, long bytes, Duration time, long most) {
        return new MaintenanceOptions(
                pause,
                every,
                bytes,
                time,
                most,
                promoteEvery,
                storeRotateEvery,
                storeRotateBytes,
                requestsEvery,
                horizonEvery,
                lead,
                escalation);
    }

    private MaintenanceOptions with(
            Duration promotions, Duration every, long bytes, Duration requests, Duration horizon) {
        return new MaintenanceOptions(
                interval,
                rotateEvery,
                rotateBytes,
                retention,
                retainBytes,
                promotions,
                every,
                bytes,
                requests,
                horizon,
                lead,
                escalation);
    }

    private MaintenanceOptions with(Lease lease, Escalation escalations) {
        return new MaintenanceOptions(
                interval,
                rotateEvery,
                rotateBytes,
                retention,
                retainBytes,
                promoteEvery,
                storeRotateEvery,
                storeRotateBytes,
                requestsEvery,
                horizonEvery,
                lease,
                escalations);
    }

    /**
     * How the leader is found. Every process beats or looks this often; one whose session is gone is followed at the next
     * look, one that is frozen after its lease and a few looks more.
     *
     * @param beat  pause between beats, 50 ms to 2 s; 1 s by default
     * @param lease a leader that has not beaten for so long may be deposed, at least four beats and at most 8 s; 4 s by
     *     default
     */
    public record Lease(Duration beat, Duration lease) {

        /** @throws AwaValidationException if a value is out of its range */
        public Lease {
            Ranges.check("lead.beat", beat, Duration.ofMillis(50), Duration.ofSeconds(2));
            Ranges.check("lead.lease", lease, beat.multipliedBy(4), Duration.ofSeconds(8));
        }
    }

    /**
     * Steps do not wait for locks. A prune that was refused so often running may wait once, so that a stream of short readers
     * does not keep a segment for ever; whoever comes meanwhile waits no longer than it may.
     *
     * @param after    refusals of a prune of one child, 1 to 1000, or 0 for never; 8 by default
     * @param patience how long it may wait for all its locks together, 1 ms to 1 s, or zero for never; 10 ms by default
     */
    public record Escalation(int after, Duration patience) {

        /** @throws AwaValidationException if a value is out of its range */
        public Escalation {
            Ranges.check("escalation.after", after, 0, 1_000);
            Ranges.check("escalation.patience", patience, Duration.ZERO, Duration.ofSeconds(1));
            if (patience.toMillis() == 0) {
                after = 0;
            }
        }
    }
}
