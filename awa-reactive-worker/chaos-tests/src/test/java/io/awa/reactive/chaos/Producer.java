package io.awa.reactive.chaos;

import io.awa.reactive.Awa;
import io.awa.reactive.enqueue.Enqueued;
import io.awa.reactive.job.Job;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.IsolationLevel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Stores jobs of the mix at a pace: alone, or some in a transaction of its own, which it sometimes rolls back. A failure of
 * the database is waited out; whether a commit without an answer happened is for the evidence to say.
 */
final class Producer implements Runnable {

    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final int IN_TRANSACTION = 8;

    private final Awa awa;
    private final ConnectionFactory pool;
    private final Stored stored;
    private final SplittableRandom random;
    private final int perSecond;
    private volatile boolean stopping;
    private volatile String phase = "";
    private long due = System.nanoTime();

    Producer(Awa awa, ConnectionFactory pool, Stored stored, SplittableRandom random, int perSecond) {
        this.awa = awa;
        this.pool = pool;
        this.stored = stored;
        this.random = random;
        this.perSecond = perSecond;
    }

    void stop() {
        stopping = true;
    }

    @Override
    public void run() {
        while (!stopping) {
            int jobs;
            if (random.nextInt(3) == 0) {
                jobs = 1 + random.nextInt(IN_TRANSACTION);
                attempt(() -> transaction(jobs));
            } else {
                jobs = 1;
                attempt(this::alone);
            }
            pace(jobs);
        }
    }

    // What an outage kept back is not made up for.
    private void pace(int jobs) {
        due = Math.max(due + jobs * 1_000_000_000L / perSecond, System.nanoTime() - 1_000_000_000L);
        LockSupport.parkNanos(due - System.nanoTime());
    }

    private void attempt(Runnable work) {
        try {
            work.run();
        } catch (RuntimeException e) {
            stored.refused(new IllegalStateException("a producer, " + phase, e));
            LockSupport.parkNanos(20_000_000);
        }
    }

    private void alone() {
        Job<?> job = Kinds.any(random);
        phase = "storing " + job;
        Stored.Moment asked = stored.asked();
        Enqueued answer = Objects.requireNonNull(awa.enqueue(job).block(PATIENCE));
        if (answer instanceof Enqueued.Inserted inserted) {
            asked.committed(List.of(inserted.id().value()));
        }
    }

    private void transaction(int jobs) {
        boolean rolledBack = random.nextInt(5) == 0;
        IsolationLevel level = random.nextInt(4) == 0 ? IsolationLevel.REPEATABLE_READ : IsolationLevel.READ_COMMITTED;
        // At REPEATABLE READ a unique key may ask for the transaction to be repeated: that is a 40001 by design.
        List<Job<?>> batch = new ArrayList<>();
        while (batch.size() < jobs) {
            Job<?> job = Kinds.any(random);
            if (job.unique().isEmpty()) {
                batch.add(job);
            }
        }
        phase = "borrowing a connection";
        Mono.usingWhen(
                        pool.create(),
                        connection -> Mono.defer(() -> {
                                    phase = "beginning";
                                    return Mono.from(connection.setTransactionIsolationLevel(level));
                                })
                                .then(Mono.from(connection.beginTransaction()))
                                .then(Flux.fromIterable(batch)
                                        .concatMap(job -> awa.on(connection).enqueue(job))
                                        .map(answer -> answer.id().value())
                                        .collectList())
                                .flatMap(ids -> end(connection, ids, rolledBack)),
                        Connection::close)
                .block(PATIENCE);
    }

    private Mono<Void> end(Connection connection, List<Long> ids, boolean rolledBack) {
        return Mono.defer(() -> {
            phase = "ending " + ids;
            if (rolledBack) {
                return Mono.from(connection.rollbackTransaction()).doFinally(signal -> stored.rolledBack(ids));
            }
            Stored.Moment asked = stored.asked();
            return Mono.from(connection.commitTransaction())
                    .doOnSuccess(done -> asked.committed(ids))
                    .doOnError(error -> asked.unanswered(ids));
        });
    }
}
