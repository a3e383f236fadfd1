package io.awa.reactive.internal.enqueue;

import io.awa.reactive.enqueue.BulkResult;
import io.awa.reactive.enqueue.Enqueued;
import io.awa.reactive.enqueue.Enqueuer;
import io.awa.reactive.enqueue.OnDuplicate;
import io.awa.reactive.job.Job;
import io.r2dbc.spi.Connection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Enqueue on a caller's connection: borrowed, never begun, committed or closed. Lanes are made elsewhere.
 *
 * <p>Nobody here hears of the commit. So workers are told when the jobs are written: they look at once, in vain, and then
 * after pauses that double, so such a job is found about as long after the commit as that came after the writing.
 */
final class BorrowedEnqueuer implements Enqueuer {

    private final Connection connection;
    private final Entries entries;
    private final EnqueueStatements statements;
    private final Bulk bulk;
    private final Consumer<String> written;

    /** @param written told of queues that got jobs, which a commit may be about to follow */
    BorrowedEnqueuer(Connection connection, Entries entries, EnqueueStatements statements, Consumer<String> written) {
        this.connection = connection;
        this.entries = entries;
        this.statements = statements;
        this.bulk = new Bulk(statements, false);
        this.written = written;
    }

    @Override
    public Mono<Enqueued> enqueue(Job<?> job) {
        return entries.of(job)
                .flatMap(entry -> statements
                        .arrays(connection, List.of(entry), EnqueueStatements.Keys.WAIT)
                        .map(fates -> {
                            Fate fate = fates.get(0);
                            if (fate.is(Fate.What.STORED)
                                    && !entry.job().terms().scheduled()) {
                                written.accept(entry.job().queue());
                            }
                            return fate.enqueued();
                        }));
    }

    @Override
    public Mono<BulkResult> enqueueAll(Publisher<? extends Job<?>> jobs, OnDuplicate policy) {
        return Chunks.of(entries.of(Flux.from(jobs)))
                .concatMap(chunk -> store(chunk, policy), 1)
                .reduce(new BulkResult(0, 0), Bulk::sum);
    }

    private Mono<BulkResult> store(List<Entry> chunk, OnDuplicate policy) {
        Set<String> queues = new LinkedHashSet<>();
        return bulk.store(
                        connection,
                        chunk,
                        policy,
                        !connection.isAutoCommit(),
                        entry -> queues.add(entry.job().queue()))
                .doOnNext(result -> queues.forEach(written));
    }
}
