package io.awa.reactive.metrics;

import io.awa.reactive.engine.Ending;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Timer;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;

/** The meters of one kind in one queue, made at once, so that what did not happen reads 0. */
final class KindMeters {

    final Timer duration;
    final Timer wait;
    final Counter stale;
    private final Map<Ending, Counter> endings = new EnumMap<>(Ending.class);

    KindMeters(Meters meters, String queue, String kind) {
        duration = meters.timer(AwaMeter.DURATION, queue, kind);
        wait = meters.timer(AwaMeter.WAIT, queue, kind);
        stale = meters.counter(AwaMeter.STALE, queue, kind);
        for (Ending ending : Ending.values()) {
            endings.put(ending, meters.counter(of(ending), queue, kind));
        }
    }

    Counter ended(Ending ending) {
        return Objects.requireNonNull(endings.get(ending));
    }

    private static AwaMeter of(Ending ending) {
        return switch (ending) {
            case COMPLETED -> AwaMeter.COMPLETED;
            case FAILED -> AwaMeter.FAILED;
            case RETRIED -> AwaMeter.RETRIED;
            case SNOOZED -> AwaMeter.SNOOZED;
            case HELD -> AwaMeter.HELD;
            case PARKED -> AwaMeter.PARKED;
            case DEAD -> AwaMeter.DEAD;
            case CANCELLED -> AwaMeter.CANCELLED;
        };
    }
}
