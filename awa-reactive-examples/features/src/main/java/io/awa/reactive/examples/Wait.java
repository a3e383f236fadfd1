package io.awa.reactive.examples;

import java.time.Duration;
import java.util.function.BooleanSupplier;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Examples end when something has happened. */
final class Wait {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration LOOK_AGAIN = Duration.ofMillis(20);

    private Wait() {}

    static Mono<Void> until(BooleanSupplier happened) {
        return Flux.interval(Duration.ZERO, LOOK_AGAIN)
                .onBackpressureDrop()
                .takeUntil(tick -> happened.getAsBoolean())
                .then()
                .timeout(PATIENCE);
    }

    static Mono<Void> untilTrue(Mono<Boolean> question) {
        return question.filter(Boolean::booleanValue)
                .repeatWhenEmpty(rounds -> rounds.delayElements(LOOK_AGAIN))
                .then()
                .timeout(PATIENCE);
    }
}
