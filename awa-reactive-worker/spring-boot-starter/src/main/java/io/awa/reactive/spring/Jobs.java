package io.awa.reactive.spring;

import io.awa.reactive.Awa;
import io.awa.reactive.enqueue.BulkResult;
import io.awa.reactive.enqueue.Enqueued;
import io.awa.reactive.enqueue.Enqueuer;
import io.awa.reactive.enqueue.OnDuplicate;
import io.awa.reactive.job.Job;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.reactivestreams.Publisher;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.transaction.NoTransactionException;
import org.springframework.transaction.reactive.TransactionSynchronization;
import org.springframework.transaction.reactive.TransactionSynchronizationManager;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Stores jobs, in the caller's reactive transaction where there is one: then a job exists if and only if that commits, and
 * workers are woken right after. Without a transaction callers who enqueue at the same time share a commit, as with
 * {@link Awa#enqueue}.
 *
 * <p>The transaction is Spring's own ({@code @Transactional} on a reactive method, or {@code TransactionalOperator}), on the
 * connection factory that the {@link DatabaseClient} uses; one of another resource does not count. Safe to share between
 * threads. Results arrive on the driver's event loop.
 */
public final class Jobs implements Enqueuer {

    private final Awa awa;
    private final DatabaseClient database;

    /**
     * Used by the auto-configuration.
     *
     * @param awa      stores what comes without a transaction
     * @param database joins the caller's transaction
     */
    public Jobs(Awa awa, DatabaseClient database) {
        this.awa = awa;
        this.database = database;
    }

    @Override
    public Mono<Enqueued> enqueue(Job<?> job) {
        return joining(
                awa.enqueue(job),
                transaction -> database.inConnection(
                                connection -> awa.on(connection).enqueue(job))
                        .doOnNext(stored -> wakeAfterCommit(transaction, Set.of(job.queue()))));
    }

    @Override
    public Mono<BulkResult> enqueueAll(Publisher<? extends Job<?>> jobs, OnDuplicate policy) {
        return joining(awa.enqueueAll(jobs, policy), transaction -> {
            Set<String> queues = ConcurrentHashMap.newKeySet();
            Flux<? extends Job<?>> noted = Flux.from(jobs).doOnNext(job -> queues.add(job.queue()));
            return database.inConnection(connection -> awa.on(connection).enqueueAll(noted, policy))
                    .doOnNext(stored -> wakeAfterCommit(transaction, queues));
        });
    }

    // A DatabaseClient, for it alone hands out the transaction's connection without ending its use at the end of ours.
    private <R> Mono<R> joining(Mono<R> alone, Function<TransactionSynchronizationManager, Mono<R>> joined) {
        return TransactionSynchronizationManager.forCurrentTransaction()
                .filter(transaction -> transaction.isActualTransactionActive()
                        && transaction.hasResource(database.getConnectionFactory()))
                .onErrorResume(NoTransactionException.class, none -> Mono.empty())
                .map(Optional::of)
                .defaultIfEmpty(Optional.empty())
                .flatMap(transaction -> transaction.map(joined).orElse(alone));
    }

    private void wakeAfterCommit(TransactionSynchronizationManager transaction, Set<String> queues) {
        transaction.registerSynchronization(new TransactionSynchronization() {
            @Override
            public Mono<Void> afterCommit() {
                return Mono.fromRunnable(() -> queues.forEach(awa::wake));
            }
        });
    }
}
