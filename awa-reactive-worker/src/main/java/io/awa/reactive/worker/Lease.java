package io.awa.reactive.worker;

import io.awa.reactive.callback.CallbackToken;
import io.awa.reactive.engine.FollowUps;
import io.awa.reactive.engine.Settlement;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** What a held attempt has beside a plain one. */
final class Lease {

    final long number;
    private final Sinks.Empty<Void> held = Sinks.empty();
    private volatile boolean stands;
    private volatile End.@Nullable Wait wait;
    private long closer;
    private @Nullable FollowUps followUps;

    Lease(long number) {
        this.number = number;
    }

    /** What the segment is told. Who rescues leaves the worker its grace. */
    Settlement written(Member job, Clock clock, Duration grace) {
        Duration expires = clock.remaining().map(left -> left.plus(grace)).orElse(null);
        return Settlement.held(job.claim(), job.ordinal(), number, expires);
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

    /** A caller's transaction is about to end the attempt, with these jobs. */
    synchronized void borrows(Nonces nonces, @Nullable FollowUps with) {
        if (closer == 0) {
            closer = nonces.next();
        }
        followUps = with;
    }

    /** What names ends by callers' transactions. */
    synchronized long closer() {
        return closer;
    }

    synchronized @Nullable FollowUps followUps() {
        return followUps;
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
}
