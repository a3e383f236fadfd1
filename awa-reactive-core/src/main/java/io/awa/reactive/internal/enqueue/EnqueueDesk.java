package io.awa.reactive.internal.enqueue;

import io.awa.reactive.engine.GroupCommit;
import io.awa.reactive.enqueue.BulkEnqueueException;
import io.awa.reactive.enqueue.Enqueued;
import io.awa.reactive.enqueue.Enqueuer;
import io.awa.reactive.internal.SchemaSql;
import io.awa.reactive.internal.json.JobEncoder;
import io.awa.reactive.internal.pg.CopyIn;
import io.awa.reactive.internal.pg.Lane;
import io.awa.reactive.internal.pg.SqlState;
import io.awa.reactive.job.Job;
import io.awa.reactive.job.JobId;
import io.awa.reactive.job.JobType;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.reactivestreams.Publisher;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import reactor.core.scheduler.Scheduler;

/**
 * Enqueue on the library's own connections. Single jobs that are enqueued at the same time share a statement and a
 * commit: each caller still hears of its own job when it is durable, and a batch that fails is tried job by job, so
 * nobody fails for a neighbour.
 */
public final class EnqueueDesk implements Enqueuer {

    private static final Logger LOG = LoggerFactory.getLogger(EnqueueDesk.class);
    private static final int BATCH = 1_024;
    private static final long BATCH_BYTES = 4L * 1024 * 1024;

    private final ConnectionFactory connections;
    private final Lane lane;
    private final Entries entries;
    private final EnqueueStatements statements;
    private final GroupCommit<Waiting> singles;
    private final Consumer<String> stored;

    /**
     * @param connections for bulk enqueue, one a subscription
     * @param lane        for single jobs
     * @param stored      told the queue's name after every commit that stored jobs in it
     */
    public EnqueueDesk(
            ConnectionFactory connections,
            Lane lane,
            JobEncoder encoder,
            Directory directory,
            SchemaSql schema,
            Scheduler timer,
            Consumer<String> stored) {
        this.connections = connections;
        this.lane = lane;
        this.entries = new Entries(encoder, directory);
        this.statements = new EnqueueStatements(schema);
        this.stored = stored;
        this.singles = new GroupCommit<>(
                new GroupCommit.Options<>(
                        BATCH, Duration.ZERO, BATCH_BYTES, w -> w.entry().bytes()),
                timer,
                this::flush);
    }

    /** The same on a caller's connection. */
    public Enqueuer on(Connection connection) {
        return new BorrowedEnqueuer(connection, entries, statements);
    }

    /** Completes when what was offered so far is stored or refused. */
    public Mono<Void> drain() {
        return singles.drainAll();
    }

    @Override
    public Mono<Enqueued> enqueue(Job<?> job) {
        return entries.of(job).flatMap(entry -> Mono.create(sink -> singles.offer(new Waiting(entry, sink))));
    }

    @Override
    public <T> Mono<Long> enqueueAll(JobType<T> type, Publisher<? extends T> args) {
        return enqueueAll(Flux.from(args).map(type::with));
    }

    @Override
    public Mono<Long> enqueueAll(Publisher<? extends Job<?>> jobs) {
        return Mono.defer(() -> {
            AtomicLong count = new AtomicLong();
            return Flux.usingWhen(
                            Mono.from(connections.create()),
                            connection -> Chunks.of(entries.of(Flux.from(jobs)))
                                    .concatMap(chunk -> store(connection, chunk, count), 1),
                            Connection::close)
                    .then(Mono.fromCallable(count::get))
                    .onErrorMap(
                            e -> !(e instanceof BulkEnqueueException),
                            e -> new BulkEnqueueException(count.get(), true, e));
        });
    }

    private Mono<Void> store(Connection connection, List<Entry> chunk, AtomicLong count) {
        Mono<Void> write = CopyIn.supports(connection)
                ? statements.copy(connection, chunk).then()
                : statements.arrays(connection, chunk).then();
        return Mono.from(connection.beginTransaction())
                .then(write)
                .onErrorResume(e -> Mono.from(connection.rollbackTransaction())
                        .onErrorComplete()
                        .then(Mono.error(e)))
                .then(Mono.from(connection.commitTransaction())
                        .onErrorMap(
                                e -> new BulkEnqueueException(count.get(), SqlState.of(e) != SqlState.CONNECTION, e)))
                .then(Mono.fromRunnable(() -> {
                    count.addAndGet(chunk.size());
                    tell(chunk);
                }));
    }

    private Mono<Void> flush(List<Waiting> batch) {
        List<Entry> all = batch.stream().map(Waiting::entry).toList();
        return lane.call(connection -> statements.arrays(connection, all))
                .onErrorResume(e -> refused(batch, e).then(Mono.empty()))
                .doOnNext(ids -> {
                    tell(all);
                    for (int i = 0; i < ids.size(); i++) {
                        batch.get(i).stored(ids.get(i));
                    }
                })
                .then();
    }

    // A statement is all or nothing. Whether one whose connection was lost is stored is not known: it is not repeated.
    private Mono<Void> refused(List<Waiting> batch, Throwable error) {
        if (batch.size() == 1 || Lane.isLost(error)) {
            batch.forEach(w -> w.refused(error));
            return Mono.empty();
        }
        return Flux.fromIterable(batch).concatMap(w -> flush(List.of(w))).then();
    }

    private void tell(List<Entry> chunk) {
        String last = null;
        for (Entry entry : chunk) {
            String queue = entry.job().queue();
            if (!queue.equals(last)) {
                stored.accept(queue);
                last = queue;
            }
        }
    }

    /** A caller. What it throws when it is told is its own affair: its neighbours are told all the same. */
    private record Waiting(Entry entry, MonoSink<Enqueued> sink) {

        void stored(JobId id) {
            try {
                sink.success(new Enqueued.Inserted(id));
            } catch (RuntimeException e) {
                LOG.warn("Who enqueued job {} threw when told of it", id, e);
            }
        }

        void refused(Throwable error) {
            try {
                sink.error(error);
            } catch (RuntimeException e) {
                LOG.warn("Who enqueued a job threw when told that it was refused", e);
            }
        }
    }
}
