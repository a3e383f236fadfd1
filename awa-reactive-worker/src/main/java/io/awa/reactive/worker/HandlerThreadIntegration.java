package io.awa.reactive.worker;

import reactor.blockhound.BlockHound;
import reactor.blockhound.integration.BlockHoundIntegration;

/** For applications that run BlockHound, which finds this by itself: handler threads may wait for work, and only that. */
public final class HandlerThreadIntegration implements BlockHoundIntegration {

    @Override
    public void applyTo(BlockHound.Builder builder) {
        // A pool's idle thread parks in here. Refused, it would die, and with it the pool.
        builder.allowBlockingCallsInside("java.util.concurrent.ForkJoinPool", "awaitWork");
    }
}
