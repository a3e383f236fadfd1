package io.awa.reactive.internal.pg;

import io.r2dbc.spi.Connection;
import io.r2dbc.spi.R2dbcNonTransientResourceException;
import io.r2dbc.spi.ValidationDepth;
import java.time.Duration;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/** Notices that a connection on which nothing is sent is closed. */
public final class Watch {

    private static final Duration PAUSE = Duration.ofSeconds(1);

    private Watch() {}

    /** Never completes; an error within a second or so of the connection's end. Sends nothing. */
    public static <T> Mono<T> closed(Connection connection, Scheduler timer) {
        return Flux.interval(PAUSE, timer)
                .onBackpressureDrop()
                .concatMap(tick -> connection.validate(ValidationDepth.LOCAL), 0)
                .filter(open -> !open)
                .next()
                .flatMap(gone -> Mono.error(new R2dbcNonTransientResourceException(
                        "the connection was lost while nothing was sent on it", "08006")));
    }
}
