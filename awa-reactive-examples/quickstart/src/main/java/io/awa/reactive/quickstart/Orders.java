package io.awa.reactive.quickstart;

import io.awa.reactive.Awa;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.Result;
import java.util.concurrent.atomic.AtomicLong;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Orders and their receipts, in one transaction each. Some are declined after the receipt was enqueued and rolled back:
 * no such receipt may ever be sent.
 */
final class Orders {

    private static final int DECLINED_EVERY = 9;

    private final Awa awa;
    private final Connection connection;
    private final Tally tally;
    private final AtomicLong orders = new AtomicLong();

    Orders(Awa awa, Connection connection, Tally tally) {
        this.awa = awa;
        this.connection = connection;
        this.tally = tally;
    }

    static boolean declined(long order) {
        return order % DECLINED_EVERY == 0;
    }

    Mono<Void> createTable() {
        return execute(
                "create table if not exists orders (id bigint primary key, placed_at timestamptz default now())");
    }

    /** Places the next order. One at a time: the connection has room for one transaction. */
    Mono<Void> place() {
        return Mono.defer(() -> {
            long order = orders.incrementAndGet();
            return Mono.from(connection.beginTransaction())
                    .then(execute("insert into orders (id) values (" + order + ")"))
                    .then(awa.on(connection).enqueue(Kinds.RECEIPT.with(receipt(order))))
                    .onErrorResume(
                            e -> Mono.from(connection.rollbackTransaction()).then(Mono.error(e)))
                    .then(declined(order) ? decline() : commit());
        });
    }

    // Numbers count what must have an end: a declined order's receipt has none of them.
    private Kinds.Receipt receipt(long order) {
        return new Kinds.Receipt(declined(order) ? -order : tally.nextNumber(), order);
    }

    private Mono<Void> commit() {
        return Mono.from(connection.commitTransaction()).then(Mono.fromRunnable(() -> {
            tally.ordered();
            awa.wake(Kinds.RECEIPT.queue());
        }));
    }

    private Mono<Void> decline() {
        return Mono.from(connection.rollbackTransaction()).then(Mono.fromRunnable(tally::declined));
    }

    private Mono<Void> execute(String sql) {
        return Flux.from(connection.createStatement(sql).execute())
                .concatMap(Result::getRowsUpdated)
                .then();
    }
}
