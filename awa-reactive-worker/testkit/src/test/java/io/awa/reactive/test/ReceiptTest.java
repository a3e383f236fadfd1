package io.awa.reactive.test;

import static io.awa.reactive.test.TestHandlers.failing;
import static io.awa.reactive.test.TestHandlers.recording;
import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.Awa;
import io.awa.reactive.job.JobType;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.Result;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** As an application's test would look. */
@AwaTest
class ReceiptTest {

    record Receipt(String to, long order) {}

    static final JobType<Receipt> RECEIPT =
            JobType.of("receipt", Receipt.class).queue("mail").maxAttempts(5);

    /** What is tested: stores an order and its receipt in one transaction. */
    record Shop(ConnectionFactory connections, Awa awa) {

        Mono<Void> place(long order, boolean paid) {
            return Mono.usingWhen(
                    connections.create(),
                    connection -> Mono.from(connection.beginTransaction())
                            .then(execute(connection, "INSERT INTO orders VALUES (" + order + ")"))
                            .then(awa.on(connection).enqueue(RECEIPT.with(new Receipt("ada@example.org", order))))
                            .then(paid ? Mono.from(connection.commitTransaction()) : Mono.error(new Unpaid())),
                    Connection::close,
                    (connection, error) ->
                            Mono.from(connection.rollbackTransaction()).then(Mono.from(connection.close())),
                    Connection::close);
        }

        static Mono<Void> execute(Connection connection, String sql) {
            return Flux.from(connection.createStatement(sql).execute())
                    .concatMap(Result::getRowsUpdated)
                    .then();
        }
    }

    static final class Unpaid extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    Shop shop;

    @BeforeEach
    void tables(Awa awa, ConnectionFactory connections) {
        shop = new Shop(connections, awa);
        Mono.usingWhen(
                        connections.create(),
                        connection -> Shop.execute(connection, "CREATE TABLE orders (id bigint PRIMARY KEY)"),
                        Connection::close)
                .block();
    }

    @Test
    void aPaidOrderHasItsReceipt(AwaHarness awa) {
        RecordingHandler<Receipt> mailer = recording();
        awa.handle(RECEIPT, mailer);
        shop.place(7, true).block();

        assertThat(awa.workOne()).isInstanceOf(WorkResult.Done.class);
        assertThat(mailer.args()).containsExactly(new Receipt("ada@example.org", 7));
        assertThat(awa.workOne()).isInstanceOf(WorkResult.NoJob.class);
    }

    @Test
    void anUnpaidOneHasNone(AwaHarness awa) {
        awa.handle(RECEIPT, recording());
        shop.place(7, false).onErrorComplete(Unpaid.class).block();

        assertThat(awa.workAll()).isEmpty();
        assertThat(awa.jobs(RECEIPT)).isEmpty();
    }

    @Test
    void retriesThenFails(AwaHarness awa) {
        awa.handle(RECEIPT, failing(() -> new IllegalStateException("smtp: connection refused")));
        awa.enqueue(RECEIPT.with(new Receipt("ada@example.org", 7)));

        assertThat(awa.workOne()).isInstanceOf(WorkResult.Retried.class);
        awa.clock().advance(Duration.ofSeconds(1));
        assertThat(awa.workOne()).isInstanceOf(WorkResult.NoJob.class);

        awa.clock().advanceUntilIdle();
        awa.assertThatJob().isFailed().hasAttempts(5).lastErrorContains("smtp");
    }
}
