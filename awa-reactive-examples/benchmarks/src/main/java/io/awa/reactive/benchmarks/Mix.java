package io.awa.reactive.benchmarks;

import java.time.Duration;

/**
 * What is to become of each job, decided by its number alone, so that handlers, producers and the final count agree
 * without telling each other.
 */
final class Mix {

    /** The lives a job can have. */
    enum Fate {
        /** Done by its first attempt. */
        PLAIN(Duration.ZERO),
        /** Fails once, is done by the second attempt. */
        RETRIED(Duration.ofMillis(500)),
        /** Asks for more time once. */
        SNOOZED(Duration.ofMillis(500)),
        /** Fails for good. */
        FAILED(Duration.ZERO),
        /** Runs so long that it leaves its segment for the store. */
        HELD(Duration.ofMillis(1_500)),
        /** Enqueued for later. */
        SCHEDULED(Duration.ofSeconds(2));

        /** How much longer than a plain job's its life is meant to take. */
        final Duration delay;

        Fate(Duration delay) {
            this.delay = delay;
        }
    }

    /** An attempt that runs longer than this is held. */
    static final Duration HOLD_AFTER = Duration.ofSeconds(1);

    private static final Fate[] DETOURS = {Fate.RETRIED, Fate.SNOOZED, Fate.FAILED, Fate.HELD, Fate.SCHEDULED};
    private static final long GOLDEN = 0x9E3779B97F4A7C15L;

    private final double[] upTo = new double[DETOURS.length];

    Mix(HorizonOptions options) {
        double sum = 0;
        int i = 0;
        for (double share : options.shares().values()) {
            sum += share;
            upTo[i++] = sum;
        }
    }

    Fate fate(int id) {
        // Multiples of the golden ratio modulo 1: even over any run of numbers.
        double point = (id * GOLDEN >>> 11) * 0x1p-53;
        for (int i = 0; i < upTo.length; i++) {
            if (point < upTo[i]) {
                return DETOURS[i];
            }
        }
        return Fate.PLAIN;
    }
}
