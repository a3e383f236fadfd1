package io.awa.reactive.internal.enqueue;

import io.awa.reactive.enqueue.Enqueued;
import io.awa.reactive.enqueue.Enqueuer;
import io.awa.reactive.internal.pg.CopyIn;
import io.awa.reactive.job.Job;
import io.awa.reactive.job.JobId;
import io.awa.reactive.job.JobType;
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

    BorrowedEnqueuer(Connection connection, Entries entries, EnqueueStatements statements) {
        this.connection = connection;
        this.entries = entries;
        this.statements = statements;
    }

    @Override
    public Mono<Enqueued> enqueue(Job<?> job) {
        return entries.of(job)
                .flatMap(entry -> statements.arrays(connection, List.of(entry)))
                .map(ids -> new Enqueued.Inserted(ids.get(0)));
    }

    @Override
    public Mono<Long> enqueueAll(Publisher<? extends Job<?>> jobs) {
        return Chunks.of(entries.of(Flux.from(jobs))).concatMap(this::store, 1).reduce(0L, Long::sum);
    }

    @Override
    public <T> Mono<Long> enqueueAll(JobType<T> type, Publisher<? extends T> args) {
        return enqueueAll(Flux.from(args).map(type::with));
    }

    // Without a transaction COPY would be refused: the lock its positions need ends with the statement that took them.
    private Mono<Long> store(List<Entry> chunk) {
        boolean copy = chunk.size() > 1 && !connection.isAutoCommit() && CopyIn.supports(connection);
        return copy
                ? statements.copy(connection, chunk)
                : statements.arrays(connection, chunk).map(List<JobId>::size).map(Integer::longValue);
    }
}
