package io.awa.reactive.chaos;

import java.time.Duration;
import java.util.SplittableRandom;

/** Ends that take long to write, or cannot be written. */
final class FlushFaults {

    private FlushFaults() {}

    static void slow(World world, Tenant tenant, SplittableRandom random, Duration time) {
        Dial.slow(tenant, 0.05 + random.nextDouble() * 0.75);
        World.lasting(time);
        Dial.well(tenant);
    }

    static void failing(World world, Tenant tenant, SplittableRandom random, Duration time) {
        Dial.failing(tenant, 0.2 + random.nextDouble() * 0.8);
        World.lasting(time);
        Dial.well(tenant);
    }
}
