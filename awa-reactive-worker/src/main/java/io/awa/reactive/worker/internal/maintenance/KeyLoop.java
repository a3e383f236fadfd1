package io.awa.reactive.worker.internal.maintenance;

import io.awa.reactive.engine.KeyPlaces;
import io.awa.reactive.engine.KeysOutcome;
import io.awa.reactive.worker.maintenance.Step;
import java.time.Duration;
import java.util.function.LongSupplier;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * Looks through all concurrency keys that jobs wait for: whoever was to give a free place on may have died before it did.
 * Safe under any number of leaders. A pass takes a quarter of a second and goes on where the last one ended, so that any
 * number of keys costs a quarter of a connection.
 */
final class KeyLoop {

    /** Keys in one statement. */
    static final int BATCH = 200;

    private static final long BUDGET = Duration.ofMillis(250).toNanos();

    private final KeyPlaces places;
    private final LongSupplier nonces;
    private final Steps steps;
    private final Sinks.Many<Boolean> freed = Sinks.many().multicast().directBestEffort();
    private volatile String after = "";

    KeyLoop(KeyPlaces places, LongSupplier nonces, Steps steps) {
        this.places = places;
        this.nonces = nonces;
        this.steps = steps;
    }

    /** Attempts were ended by the leader itself: a pass is due. One caller at a time. */
    void freed() {
        freed.tryEmitNext(true);
    }

    Flux<Boolean> wakes() {
        return freed.asFlux();
    }

    Mono<Void> pass(Lead lead) {
        return part(lead, System.nanoTime() + BUDGET);
    }

    private Mono<Void> part(Lead lead, long until) {
        return places.sweep(after, BATCH, nonces.getAsLong()).flatMap(swept -> {
            String next = swept.next();
            after = next == null ? "" : next;
            boolean goesOn = next != null && lead.holds() && (lead.isNobodys() || System.nanoTime() < until);
            return steps.run(Step.GRANT, lead.epoch(), Mono.just(outcome(swept)))
                    .then(goesOn ? part(lead, until) : Mono.empty());
        });
    }

    private static KeysOutcome outcome(KeyPlaces.Swept swept) {
        KeyPlaces.Granted granted = swept.granted();
        return granted.count() > 0
                ? new KeysOutcome.Granted(granted.count(), swept.waiting())
                : granted.busy() ? new KeysOutcome.Blocked(swept.waiting()) : new KeysOutcome.Idle(swept.waiting());
    }
}
