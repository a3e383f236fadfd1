package io.awa.reactive.worker;

import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import tools.jackson.databind.JsonNode;

/** What a held attempt has beside a plain one. */
final class Lease {

    final long number;
    private final Sinks.Empty<Void> held = Sinks.empty();
    private volatile boolean done;
    volatile End.@Nullable Wait wait;
    volatile @Nullable Waiter waiter;

    Lease(long number) {
        this.number = number;
    }

    /** Completes when the attempt stands in the store; an error if it never will. */
    Mono<Void> held() {
        return held.asMono();
    }

    boolean isHeld() {
        return done;
    }

    void stands() {
        done = true;
        held.tryEmitEmpty();
    }

    void fails(Throwable error) {
        held.tryEmitError(error);
    }

    /**
     * A handler that waits in its process.
     *
     * @param what   for what
     * @param answer what it gets
     */
    record Waiter(End.Wait what, Sinks.One<JsonNode> answer) {}
}
