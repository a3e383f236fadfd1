package io.awa.reactive.internal.enqueue;

import io.awa.reactive.enqueue.BulkResult;
import io.awa.reactive.enqueue.DuplicateJobException;
import io.awa.reactive.enqueue.OnDuplicate;
import io.awa.reactive.internal.pg.CopyIn;
import io.r2dbc.spi.Connection;
import java.util.List;
import java.util.function.Consumer;
import reactor.core.publisher.Mono;

/**
 * One chunk of a bulk enqueue: jobs that are available at once by COPY, where that is possible; a chunk with scheduled jobs
 * in it, and on a caller's connection one with unique jobs, by one statement for the whole of it, so that order is kept in
 * each lane.
 */
final class Bulk {

    private final EnqueueStatements statements;
    private final boolean alone;

    /**
     * @param alone whether nobody else has the connection until the chunk is stored. COPY of unique jobs is two statements:
     *     who asks for one of their keys in between, in the same transaction, finds it taken by a job that is nowhere, so free
     */
    Bulk(EnqueueStatements statements, boolean alone) {
        this.statements = statements;
        this.alone = alone;
    }

    /**
     * Stores a chunk in the connection's transaction.
     *
     * @param inTransaction whether there is one; COPY is refused without, as the lock its positions need would be gone
     * @param stored        told of each job that was stored and is available at once
     */
    Mono<BulkResult> store(
            Connection connection,
            List<Entry> chunk,
            OnDuplicate policy,
            boolean inTransaction,
            Consumer<Entry> stored) {
        boolean copy = inTransaction && chunk.size() > 1 && CopyIn.supports(connection);
        if (copy && EnqueueStatements.allPlain(chunk)) {
            return statements
                    .copy(connection, chunk)
                    .doOnNext(rows -> chunk.forEach(stored))
                    .map(rows -> new BulkResult(rows, 0));
        }
        EnqueueStatements.Keys keys = EnqueueStatements.Keys.of(policy);
        return (copy
                                && alone
                                && chunk.stream()
                                        .noneMatch(entry -> entry.job().terms().scheduled())
                        ? statements.copyUnique(connection, chunk, keys)
                        : statements.arrays(connection, chunk, keys))
                .map(fates -> count(chunk, fates, policy, stored));
    }

    private static BulkResult count(List<Entry> chunk, List<Fate> fates, OnDuplicate policy, Consumer<Entry> stored) {
        long inserted = 0;
        for (int i = 0; i < fates.size(); i++) {
            Fate fate = fates.get(i);
            Entry entry = chunk.get(i);
            if (fate.is(Fate.What.DUPLICATE) && policy == OnDuplicate.FAIL) {
                throw new DuplicateJobException(entry.job().kind(), fate.job());
            }
            if (fate.is(Fate.What.STORED)) {
                inserted++;
                if (!entry.job().terms().scheduled()) {
                    stored.accept(entry);
                }
            }
        }
        return new BulkResult(inserted, fates.size() - inserted);
    }

    static BulkResult sum(BulkResult a, BulkResult b) {
        return new BulkResult(a.inserted() + b.inserted(), a.skipped() + b.skipped());
    }
}
