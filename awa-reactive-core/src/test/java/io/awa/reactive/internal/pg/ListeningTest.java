package io.awa.reactive.internal.pg;

import static org.assertj.core.api.Assertions.assertThat;

import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.ConnectionFactoryMetadata;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

class ListeningTest {

    /** A server, or what stands before it, that takes the connection and says nothing. */
    @Test
    void aConnectWithoutAnAnswerIsTriedAgain() {
        AtomicInteger tries = new AtomicInteger();
        AtomicInteger left = new AtomicInteger();
        ConnectionFactory silent = new ConnectionFactory() {
            @Override
            public Publisher<? extends Connection> create() {
                return Mono.<Connection>never()
                        .doOnSubscribe(subscribed -> tries.incrementAndGet())
                        .doOnCancel(left::incrementAndGet);
            }

            @Override
            public ConnectionFactoryMetadata getMetadata() {
                return () -> "silent";
            }
        };
        StepVerifier.withVirtualTime(() -> Listening.payloads(silent, "listener", "select 'x' as answer", pid -> false))
                .expectSubscription()
                .thenAwait(Lane.CONNECT.plusSeconds(10))
                .then(() -> {
                    assertThat(tries).hasValue(2);
                    assertThat(left).hasValue(1);
                })
                .thenAwait(Duration.ofMinutes(10))
                .then(() -> assertThat(tries).hasValueGreaterThan(10))
                .thenCancel()
                .verify(Duration.ofSeconds(30));
        assertThat(left).hasValue(tries.get());
    }
}
