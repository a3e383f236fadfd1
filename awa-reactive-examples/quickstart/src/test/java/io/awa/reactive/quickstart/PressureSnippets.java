package io.awa.reactive.quickstart;

import io.awa.reactive.Awa;
import io.awa.reactive.job.JobId;
import io.awa.reactive.job.JobType;
import io.awa.reactive.pressure.Admission;
import io.awa.reactive.pressure.Backpressure;
import io.awa.reactive.pressure.QueueFullException;
import io.awa.reactive.pressure.QueuePressure;
import io.awa.reactive.quickstart.Snippets.SendEmail;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import java.time.Duration;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The Java of the page about backpressure; see {@link Snippets}. */
final class PressureSnippets {

    private static final JobType<SendEmail> SEND_EMAIL = Snippets.SEND_EMAIL;

    private final ConnectionFactory connections;

    PressureSnippets(ConnectionFactory connections) {
        this.connections = connections;
    }

    Awa marks() {
        // [pressure-marks]
        Awa awa = Awa.builder(connections)
                .backpressure("email", Backpressure.atDepth(10_000))
                .backpressure("reports", Backpressure.atDrainTime(Duration.ofSeconds(30)))
                .build();
        // [end]
        return awa;
    }

    Mono<Long> bulk(Awa awa, Flux<SendEmail> mails) {
        // [pressure-bulk]
        Mono<Long> stored = awa.enqueueAll(SEND_EMAIL, mails);
        // [end]
        return stored;
    }

    Mono<String> admission(Awa awa, SendEmail receipt) {
        // [pressure-admission]
        Admission door = awa.admission("email").timeout(Duration.ofSeconds(2));
        Mono<String> answer = door.admit(placeOrder(awa, receipt))
                .map(id -> "accepted: " + id)
                .onErrorResume(QueueFullException.class, full -> Mono.just("try again later"));
        // [end]
        return answer;
    }

    Mono<QueuePressure> figures(Awa awa) {
        // [pressure-figures]
        Mono<QueuePressure> now = awa.pressure("email");
        Flux<Long> depths = awa.pressure("email", Duration.ofSeconds(1)).map(QueuePressure::depth);
        // [end]
        return depths.next().then(now);
    }

    private Mono<JobId> placeOrder(Awa awa, SendEmail receipt) {
        return Mono.usingWhen(
                connections.create(),
                connection -> Mono.from(connection.beginTransaction())
                        .then(awa.on(connection).enqueue(SEND_EMAIL.with(receipt)))
                        .flatMap(stored ->
                                Mono.from(connection.commitTransaction()).thenReturn(stored.id())),
                Connection::close);
    }
}
