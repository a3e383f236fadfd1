package io.awa.reactive.worker;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Waits for conditions, for a bounded time. */
final class Await {

    static final Duration LONG = Duration.ofSeconds(60);

    private static final Duration PAUSE = Duration.ofMillis(5);

    private Await() {}

    static void until(String what, BooleanSupplier condition) {
        until(() -> what, LONG, condition);
    }

    static void until(Supplier<String> what, Duration limit, BooleanSupplier condition) {
        long deadline = System.nanoTime() + limit.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("not within " + limit + ": " + what.get());
            }
            LockSupport.parkNanos(PAUSE.toNanos());
        }
    }

    /** Lets time pass in which something must not happen. */
    static void staysTrue(String what, Duration time, BooleanSupplier condition) {
        long deadline = System.nanoTime() + time.toNanos();
        while (System.nanoTime() < deadline) {
            if (!condition.getAsBoolean()) {
                throw new AssertionError("no longer true: " + what);
            }
            LockSupport.parkNanos(PAUSE.toNanos());
        }
    }
}
