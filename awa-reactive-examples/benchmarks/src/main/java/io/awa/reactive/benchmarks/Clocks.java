package io.awa.reactive.benchmarks;

import java.time.Instant;
import java.util.concurrent.TimeUnit;

/** The machine's clock, the same for all its processes. */
final class Clocks {

    private Clocks() {}

    static long micros() {
        Instant now = Instant.now();
        return TimeUnit.SECONDS.toMicros(now.getEpochSecond()) + now.getNano() / 1_000;
    }
}
