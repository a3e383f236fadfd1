package io.awa.reactive.worker;

/**
 * How many jobs to claim ahead of free slots, by Little's law: the rate at which handlers end, times the time until a
 * claim sent now has arrived. Rounded down, so that handlers slower than that time get none: a job claimed ahead of a
 * slow handler would be kept from an idle process.
 */
final class Pace {

    private static final int MOST = 1_024;
    private static final double CLAIM_NANOS = 4_000_000;
    private static final long WINDOW_NANOS = 5_000_000;
    private static final double WEIGHT = 0.5;

    private long since = System.nanoTime();
    private long count;
    private double perNano;

    void ended(int jobs) {
        count += jobs;
        long elapsed = System.nanoTime() - since;
        if (elapsed >= WINDOW_NANOS) {
            perNano += WEIGHT * ((double) count / elapsed - perNano);
            count = 0;
            since += elapsed;
        }
    }

    int ahead() {
        return (int) Math.min(MOST, perNano * CLAIM_NANOS);
    }
}
