package io.awa.reactive.internal.enqueue;

import io.awa.reactive.Awa;
import io.awa.reactive.AwaException;
import io.awa.reactive.engine.GroupCommit;
import io.awa.reactive.enqueue.BulkResult;
import io.awa.reactive.enqueue.Enqueued;
import io.awa.reactive.enqueue.Enqueuer;
import io.awa.reactive.enqueue.OnDuplicate;
import io.awa.reactive.internal.SchemaSql;
import io.awa.reactive.internal.json.JobEncoder;
import io.awa.reactive.internal.pg.Lane;
import io.awa.reactive.internal.pg.SqlState;
import io.awa.reactive.internal.pressure.Gate;
import io.awa.reactive.job.Job;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
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
    // between looks at a key that another transaction has in hand: 1, 2, 4 and so on to 64 ms
    private static final int LONGEST_PAUSE = 6;

    private final ConnectionFactory connections;
    private final Lane lane;
    private final Entries entries;
    private final EnqueueStatements statements;
    private final Bulk bulk;
    private final Pacer pacer;
    private final Scheduler timer;
    private final GroupCommit<Waiting> singles;
    private final Consumer<String> stored;

    /**
     * @param connections for bulk enqueue, one a subscription
     * @param lane        for single jobs
     * @param gate        lets bulk enqueue in
     * @param stored      told the queue's name after every commit that stored jobs in it
     */
    public EnqueueDesk(
            ConnectionFactory connections,
            Lane lane,
            JobEncoder encoder,
            Directory directory,
            SchemaSql schema,
            Gate gate,
            Scheduler timer,
            Consumer<String> stored) {
        this.connections = connections;
        this.lane = lane;
        this.entries = new Entries(encoder, directory);
        this.statements = new EnqueueStatements(schema);
        this.bulk = new Bulk(statements, true);
        this.pacer = new Pacer(gate, timer);
        this.timer = timer;
        this.stored = stored;
        this.singles = new GroupCommit<>(
                new GroupCommit.Options<>(
                        BATCH, Duration.ZERO, BATCH_BYTES, w -> w.entry().bytes(), 0),
                timer,
                this::flush);
    }

    /** The same on a caller's connection. */
    public Enqueuer on(Connection connection) {
        return new BorrowedEnqueuer(connection, entries, statements, stored);
    }

    /** Completes when what was offered so far is stored, refused, or waits for another transaction's key. */
    public Mono<Void> drain() {
        return singles.drainAll();
    }

    @Override
    public Mono<Enqueued> enqueue(Job<?> job) {
        return entries.of(job).flatMap(entry -> Mono.create(sink -> singles.offer(new Waiting(entry, sink))));
    }

    @Override
    public Mono<BulkResult> enqueueAll(Publisher<? extends Job<?>> jobs, OnDuplicate policy) {
        return Mono.defer(() -> {
            Tally total = new Tally();
            return Flux.usingWhen(
                            Mono.from(connections.create()),
                            connection -> Chunks.of(entries.of(Flux.from(jobs)), pacer, statements::keysAtOnce)
                                    .concatMap(
                                            chunk -> pacer.pace(
                                                    connection,
                                                    chunk,
                                                    store(connection, chunk, policy, total),
                                                    total::run),
                                            1),
                            connection -> total.settled().then(Mono.from(connection.close())))
                    .then(Mono.fromCallable(total::result))
                    .onErrorMap(total::stopped);
        });
    }

    private Mono<Void> store(Connection connection, List<Entry> chunk, OnDuplicate policy, Tally total) {
        Set<String> queues = new LinkedHashSet<>();
        return Mono.from(connection.beginTransaction())
                .then(bulk.store(
                        connection,
                        chunk,
                        policy,
                        true,
                        entry -> queues.add(entry.job().queue())))
                .onErrorResume(e -> Mono.from(connection.rollbackTransaction())
                        .onErrorComplete()
                        .then(Mono.error(e)))
                .flatMap(result -> Mono.from(connection.commitTransaction())
                        .doOnError(e -> SqlState.of(e) == SqlState.CONNECTION, e -> total.doubt())
                        .then(Mono.fromRunnable(() -> {
                            total.add(result);
                            queues.forEach(stored);
                        })));
    }

    // A batch is one statement, but for more unique jobs than one may have.
    private Mono<Void> flush(List<Waiting> batch) {
        return Flux.fromIterable(Chunks.byKeys(batch, Waiting::entry))
                .concatMap(this::write)
                .then();
    }

    private Mono<Void> write(List<Waiting> batch) {
        List<Entry> all = batch.stream().map(Waiting::entry).toList();
        return lane.call(connection -> statements.arrays(connection, all, EnqueueStatements.Keys.TRY))
                .onErrorResume(e -> refused(batch, e).then(Mono.empty()))
                .doOnNext(fates -> {
                    tell(all, fates);
                    for (int i = 0; i < fates.size(); i++) {
                        answer(batch.get(i), fates.get(i));
                    }
                })
                .then();
    }

    // Nobody waits in the statement for a key that another transaction may be about to take: its neighbours would wait
    // too. It comes again a moment later.
    private void answer(Waiting waiting, Fate fate) {
        if (!fate.is(Fate.What.BUSY)) {
            waiting.answered(fate.enqueued());
        } else if (System.nanoTime() - waiting.since() > Awa.KEY_PATIENCE.toNanos()) {
            waiting.refused(new AwaException("another transaction has had the unique key of this "
                    + waiting.entry().job().kind() + " job in hand for " + Awa.KEY_PATIENCE.toSeconds()
                    + " s and did not end"));
        } else {
            long millis = 1L << Math.min(waiting.tries(), LONGEST_PAUSE);
            try {
                timer.schedule(() -> singles.offer(waiting.again()), millis, TimeUnit.MILLISECONDS);
            } catch (RejectedExecutionException e) {
                waiting.refused(e);
            }
        }
    }

    // A statement is all or nothing. Whether one whose connection was lost is stored is not known: it is not repeated.
    private Mono<Void> refused(List<Waiting> batch, Throwable error) {
        if (batch.size() == 1 || Lane.isLost(error)) {
            batch.forEach(w -> w.refused(error));
            return Mono.empty();
        }
        return Flux.fromIterable(batch).concatMap(w -> write(List.of(w))).then();
    }

    private void tell(List<Entry> all, List<Fate> fates) {
        String last = null;
        for (int i = 0; i < fates.size(); i++) {
            Entry entry = all.get(i);
            String queue = entry.job().queue();
            if (!queue.equals(last)
                    && fates.get(i).is(Fate.What.STORED)
                    && !entry.job().terms().scheduled()) {
                stored.accept(queue);
                last = queue;
            }
        }
    }

    /** A caller. What it throws when it is told is its own affair: its neighbours are told all the same. */
    private record Waiting(Entry entry, MonoSink<Enqueued> sink, long since, int tries) {

        Waiting(Entry entry, MonoSink<Enqueued> sink) {
            this(entry, sink, System.nanoTime(), 0);
        }

        Waiting again() {
            return new Waiting(entry, sink, since, tries + 1);
        }

        void answered(Enqueued answer) {
            try {
                sink.success(answer);
            } catch (RuntimeException e) {
                LOG.warn("Who enqueued job {} threw when told of it", answer.id(), e);
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
