package io.awa.reactive.worker;

import io.awa.reactive.AwaValidationException;
import java.time.Duration;

/**
 * How segments come and go. Immutable; each setting returns a new instance. A segment is given back to the disk when
 * nothing in it is live and it is past its retention, by time or by bytes.
 *
 * @param interval    pause between passes, 10 ms to 1 min; 1 s by default
 * @param rotateEvery a segment takes jobs this long at most, 100 ms to 1 day; 10 min by default
 * @param rotateBytes and until it has this size; 1 GiB by default
 * @param retention   finished segments are kept this long, so that their jobs can be looked at; 1 h by default
 * @param retainBytes but the oldest go when all live segments together are larger than this; 4 GiB by default
 * @param promoteEvery due jobs are put into their lanes this often, 10 ms to 1 min; 100 ms by default
 * @param storeRotateEvery the store's current children take entries this long at most, if some of them ended, 1 s to
 *     1 day; 5 min by default
 * @param storeRotateBytes and until they have this size; 512 MiB by default
 */
public record MaintenanceOptions(
        Duration interval,
        Duration rotateEvery,
        long rotateBytes,
        Duration retention,
        long retainBytes,
        Duration promoteEvery,
        Duration storeRotateEvery,
        long storeRotateBytes) {

    private static final long GIB = 1L << 30;
    private static final MaintenanceOptions DEFAULTS = new MaintenanceOptions(
            Duration.ofSeconds(1),
            Duration.ofMinutes(10),
            GIB,
            Duration.ofHours(1),
            4 * GIB,
            Duration.ofMillis(100),
            Duration.ofMinutes(5),
            GIB / 2);

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
        return new MaintenanceOptions(
                interval, rotateEvery, rotateBytes, retention, retainBytes, pause, storeRotateEvery, storeRotateBytes);
    }

    /** The same with other bounds on the store's current children. */
    public MaintenanceOptions rotateStore(Duration every, long bytes) {
        return new MaintenanceOptions(
                interval, rotateEvery, rotateBytes, retention, retainBytes, promoteEvery, every, bytes);
    }

    private MaintenanceOptions with(Duration pause, Duration every, long bytes, Duration time, long most) {
        return new MaintenanceOptions(
                pause, every, bytes, time, most, promoteEvery, storeRotateEvery, storeRotateBytes);
    }
}
