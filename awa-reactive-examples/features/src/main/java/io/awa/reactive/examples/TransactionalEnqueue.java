package io.awa.reactive.examples;

import io.awa.reactive.Awa;
import io.awa.reactive.job.JobType;
import io.awa.reactive.testkit.AwaPostgres;
import io.awa.reactive.worker.AwaWorker;
import io.awa.reactive.worker.Outcome;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.Result;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * An order and the job that mails its receipt are stored by one transaction: either both are there or none. The second
 * customer's card is declined after the job was enqueued; nobody gets a receipt for an order that does not exist.
 */
public final class TransactionalEnqueue {

    private static final JobType<Receipt> RECEIPT =
            JobType.of("mail_receipt", Receipt.class).queue("mail");

    private final AwaPostgres postgres;
    private final Queue<Receipt> mailed = new ConcurrentLinkedQueue<>();

    TransactionalEnqueue(AwaPostgres postgres) {
        this.postgres = postgres;
    }

    /** Runs it on a PostgreSQL of its own. */
    public static void main(String[] args) {
        Example.main(postgres -> new TransactionalEnqueue(postgres).run("example"));
    }

    /** Answers the receipts that were mailed. */
    Mono<List<Receipt>> run(String schema) {
        return Example.with(
                postgres,
                schema,
                awa -> Example.working(
                        AwaWorker.builder(awa).handle(RECEIPT, job -> {
                            mailed.add(job.args());
                            return Mono.just(Outcome.done());
                        }),
                        worker -> shop(awa)
                                .then(Wait.until(() -> mailed.size() >= 2))
                                .then(Mono.fromSupplier(() -> List.copyOf(mailed)))));
    }

    private Mono<Void> shop(Awa awa) {
        return Mono.usingWhen(
                postgres.connections().create(),
                connection -> execute(connection, "create table if not exists orders (customer text)")
                        .then(order(awa, connection, "ann", true))
                        .then(order(awa, connection, "bob", false))
                        .then(order(awa, connection, "cem", true)),
                Connection::close);
    }

    private static Mono<Void> order(Awa awa, Connection connection, String customer, boolean cardAccepted) {
        Mono<Void> inTransaction = execute(connection, "insert into orders values ('" + customer + "')")
                .then(awa.on(connection).enqueue(RECEIPT.with(new Receipt(customer))))
                .then();
        return Mono.from(connection.beginTransaction())
                .then(inTransaction)
                .then(Mono.from(cardAccepted ? connection.commitTransaction() : connection.rollbackTransaction()))
                // Only this code knows when it committed; without the hint workers find the job when they next poll.
                .then(Mono.fromRunnable(() -> awa.wake(RECEIPT.queue())));
    }

    private static Mono<Void> execute(Connection connection, String sql) {
        return Flux.from(connection.createStatement(sql).execute())
                .concatMap(Result::getRowsUpdated)
                .then();
    }

    record Receipt(String customer) {}
}
