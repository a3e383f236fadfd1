package io.awa.reactive.internal.pressure;

import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.pressure.QueuePressure;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** Looks for marks are many, and leave out what costs; who asks for the pressure is told all. */
class GaugeTest {

    private final AtomicInteger depths = new AtomicInteger();
    private final AtomicInteger wholes = new AtomicInteger();
    private final Gauge gauge = new Gauge("q", () -> look(depths, null), () -> look(wholes, 7L), Schedulers.parallel());

    @Test
    void marksDoNotCountWhoWaitsForAKey() {
        assertThat(look().gated()).isZero();
        assertThat(wholes).hasValue(0);
    }

    @Test
    void aLookAtTheDepthDoesNotAnswerWhoAsksForAll() {
        for (int i = 0; i < 3; i++) {
            look();
            Mono.delay(Duration.ofMillis(120)).block();
        }
        QueuePressure seen = Objects.requireNonNull(gauge.now(Gauge.FRESH).block());
        assertThat(seen.gated()).isEqualTo(7);
        assertThat(wholes.get()).isPositive();
        int before = wholes.get();
        assertThat(look().gated()).as("as last seen").isEqualTo(7);
        gauge.now(Duration.ofMinutes(1)).block();
        assertThat(wholes).as("still fresh").hasValue(before);
    }

    private QueuePressure look() {
        return Objects.requireNonNull(gauge.look().block());
    }

    private static Mono<Reading> look(AtomicInteger looks, @Nullable Long gated) {
        looks.incrementAndGet();
        return Mono.just(new Reading(3, gated, Map.of(1, 0L), System.nanoTime() / 1_000));
    }
}
