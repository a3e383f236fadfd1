package io.awa.reactive.worker;

import io.awa.reactive.callback.CallbackTimeoutException;
import io.awa.reactive.callback.CallbackToken;
import io.awa.reactive.engine.Detail;
import io.awa.reactive.engine.Ending;
import io.awa.reactive.engine.HeldEnd;
import io.awa.reactive.engine.Progress;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import tools.jackson.databind.JsonNode;

/** What a held attempt has beside a plain one. */
final class Lease {

    final long number;
    private final Sinks.Empty<Void> held = Sinks.empty();
    private volatile boolean stands;
    private volatile End.@Nullable Wait wait;
    private volatile @Nullable Waiter waiter;

    Lease(long number) {
        this.number = number;
    }

    /** Completes when the attempt stands in the store; an error if it never will. */
    Mono<Void> held() {
        return held.asMono();
    }

    boolean isHeld() {
        return stands;
    }

    void stands() {
        stands = true;
        held.tryEmitEmpty();
    }

    void fails(Throwable error) {
        held.tryEmitError(error);
    }

    /** The callback that was registered last. */
    End.@Nullable Wait callback() {
        return wait;
    }

    /** Registers a callback; empty where the lease is stale. Its time runs from before the call. */
    Mono<CallbackToken> register(Duration timeout, Waits waits) {
        return Mono.defer(() -> {
            long until = System.nanoTime() + timeout.toNanos();
            return waits.register(number).map(uuid -> {
                CallbackToken token = new CallbackToken(uuid);
                wait = new End.Wait(token, until);
                return token;
            });
        });
    }

    /** Who waits from now on; null where the token is not the last one. */
    @Nullable
    Waiter waiter(CallbackToken token) {
        End.Wait known = wait;
        if (known == null || !known.token().equals(token)) {
            return null;
        }
        Waiter fresh = new Waiter(known, Sinks.one());
        waiter = fresh;
        return fresh;
    }

    @Nullable
    Waiter waiter() {
        return waiter;
    }

    /**
     * A handler that waits in its process.
     *
     * @param what   for what
     * @param answer what it gets
     */
    record Waiter(End.Wait what, Sinks.One<JsonNode> answer) {

        HeldEnd park(long lease, @Nullable Progress progress) {
            Detail detail = Detail.awaited();
            return new HeldEnd(
                    lease,
                    Ending.PARKED,
                    what.remaining(),
                    progress == null ? detail : detail.progress(progress),
                    null);
        }

        void timesOut() {
            answer.tryEmitError(new CallbackTimeoutException(what.token()));
        }
    }
}
