package io.awa.reactive.benchmarks;

import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import reactor.core.publisher.Mono;

/** Waiting. Blocks the caller. */
final class Pause {

    private Pause() {}

    static void of(Duration duration) {
        Mono.delay(duration).block();
    }

    /** Waits until something holds, as long as the count goes on changing. Answers whether it came to hold. */
    static boolean until(BooleanSupplier holds, LongSupplier count, Duration patience) {
        long last = count.getAsLong();
        long since = System.nanoTime();
        while (!holds.getAsBoolean()) {
            of(Duration.ofMillis(5));
            long now = count.getAsLong();
            if (now != last) {
                last = now;
                since = System.nanoTime();
            } else if (System.nanoTime() - since > patience.toNanos()) {
                return false;
            }
        }
        return true;
    }
}
