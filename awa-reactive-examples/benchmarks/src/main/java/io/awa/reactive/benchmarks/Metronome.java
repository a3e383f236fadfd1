package io.awa.reactive.benchmarks;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.ObjLongConsumer;

/**
 * An open loop with a clock of its own: what is due at a time is offered then, or as soon after it as the machine lets it,
 * whether or not earlier ones were answered. It sleeps to the microsecond, as a timer's ticks would be latency.
 */
final class Metronome {

    private Metronome() {}

    /**
     * Offers evenly, on the caller's thread, until all are offered.
     *
     * @param first  the number of the first
     * @param count  how many
     * @param rate   a second
     * @param offer  is told a number and when it was due, in nanoseconds of System.nanoTime
     */
    static void run(int first, int count, int rate, ObjLongConsumer<Integer> offer) {
        double nanosEach = (double) Duration.ofSeconds(1).toNanos() / rate;
        long start = System.nanoTime();
        for (int i = 0; i < count; i++) {
            long due = start + (long) (i * nanosEach);
            for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
                LockSupport.parkNanos(left);
            }
            offer.accept(first + i, due);
        }
    }
}
