package io.awa.reactive.internal.enqueue;

import io.awa.reactive.enqueue.BulkResult;
import io.awa.reactive.enqueue.Enqueued;
import io.awa.reactive.enqueue.Enqueuer;
import io.awa.reactive.enqueue.OnDuplicate;
import io.awa.reactive.job.Job;
import io.r2dbc.spi.Connection;
import java.util.List;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Enqueue on a caller's connection: borrowed, never begun, committed or closed. Lanes are made elsewhere. */
final class BorrowedEnqueuer implements Enqueuer {

    private final Connection connection;
    private final Entries entries;
    private final EnqueueStatements statements;
    private final Bulk bulk;

    BorrowedEnqueuer(Connection connection, Entries entries, EnqueueStatements statements) {
        this.connection = connection;
        this.entries = entries;
        this.statements = statements;
        this.bulk = new Bulk(statements);
    }

    @Override
    public Mono<Enqueued> enqueue(Job<?> job) {
        return entries.of(job)
                .flatMap(entry -> statements.arrays(connection, List.of(entry), EnqueueStatements.Keys.WAIT))
                .map(fates -> fates.get(0).enqueued());
    }

    @Override
    public Mono<BulkResult> enqueueAll(Publisher<? extends Job<?>> jobs, OnDuplicate policy) {
        return Chunks.of(entries.of(Flux.from(jobs)))
                .concatMap(chunk -> bulk.store(connection, chunk, policy, !connection.isAutoCommit(), entry -> {}), 1)
                .reduce(new BulkResult(0, 0), Bulk::sum);
    }
}
