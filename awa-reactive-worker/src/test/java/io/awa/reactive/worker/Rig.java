package io.awa.reactive.worker;

import io.awa.reactive.Awa;
import io.awa.reactive.admin.JobState;
import io.awa.reactive.admin.JobView;
import io.awa.reactive.enqueue.BulkEnqueueException;
import io.awa.reactive.enqueue.Enqueued;
import io.awa.reactive.job.JobId;
import io.awa.reactive.job.JobType;
import io.awa.reactive.testkit.AwaPostgres;
import io.r2dbc.spi.ConnectionFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import reactor.core.publisher.Flux;
import reactor.util.retry.Retry;

/** A schema of its own with everything that works in it; closing it ends all of that. */
final class Rig implements AutoCloseable {

    static final JobType<Integer> NUMBER =
            JobType.of("number", Integer.class).queue("q").maxAttempts(3);

    private static final AtomicInteger RIGS = new AtomicInteger();
    private static final AtomicInteger PROMOTIONS = new AtomicInteger(1_000);
    private static final int CHILDREN = 3;
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    final AwaPostgres postgres;
    final String schema;
    final String name = "rig" + RIGS.incrementAndGet();
    final Awa awa;

    private final int children;
    private final List<Awa> instances = new ArrayList<>();
    private final List<RunningWorker> workers = new ArrayList<>();

    Rig() {
        this(AwaPostgres.shared(), AwaPostgres.shared().connections());
    }

    Rig(AwaPostgres postgres, ConnectionFactory connections) {
        this(postgres, connections, CHILDREN);
    }

    Rig(AwaPostgres postgres, ConnectionFactory connections, int children) {
        this.children = children;
        this.postgres = postgres;
        this.schema = postgres.freshSchema();
        this.awa = instance(connections);
        awa.migrate().block(PATIENCE);
    }

    /** One more instance on the same schema, as another process would have. */
    Awa instance(ConnectionFactory connections) {
        Awa fresh = Awa.builder(connections)
                .schema(schema)
                .children(children)
                .name(name)
                .build();
        instances.add(fresh);
        return fresh;
    }

    RunningWorker start(UnaryOperator<AwaWorkerBuilder> settings) {
        return start(awa, settings);
    }

    RunningWorker start(Awa on, UnaryOperator<AwaWorkerBuilder> settings) {
        RunningWorker worker = Objects.requireNonNull(
                settings.apply(AwaWorker.builder(on)).build().start().block(PATIENCE));
        workers.add(worker);
        return worker;
    }

    /** Stores the numbers 0 to n - 1, in order. */
    void enqueue(int n) {
        awa.enqueueAll(NUMBER, Flux.range(0, n)).block(Duration.ofMinutes(2));
    }

    /** The same where connections have just been lost: the first one taken may not know that it is. */
    void enqueueAfterAnOutage(int n) {
        awa.enqueueAll(NUMBER, Flux.range(0, n))
                .retryWhen(
                        Retry.max(3).filter(error -> error instanceof BulkEnqueueException bulk && bulk.stored() == 0))
                .block(Duration.ofMinutes(2));
    }

    <T> JobId enqueue(JobType<T> type, T args) {
        Enqueued stored = Objects.requireNonNull(awa.enqueue(type.with(args)).block(PATIENCE));
        return stored.id();
    }

    /** The first column of the rows; {@code {awa}} is the schema. */
    List<String> sql(String text) {
        return Objects.requireNonNull(
                postgres.query(text.replace("{awa}", schema)).collectList().block(PATIENCE));
    }

    long number(String text) {
        return Long.parseLong(sql(text).get(0));
    }

    /** Brings what is due back into its lane, as the promotion loop does. */
    long promote() {
        return number(
                "select sum((select p.promoted from {awa}.promote(s.child, clock_timestamp(), '-infinity', 0, 1000, -"
                        + PROMOTIONS.incrementAndGet() + ") p)) from {awa}.stores s where s.reclaimed_at is null");
    }

    /** Turns the ring and gives the first segment back, as often as somebody who looks at that moment is in the way. */
    void giveFirstSegmentBack() {
        Await.until(() -> "given back: " + sql("select * from {awa}.segments()"), Await.LONG, () -> {
            if (number("select last_value >> 8 from {awa}.current_segment") == 1) {
                sql("select {awa}.register()");
                sql("select {awa}.move()");
            }
            sql("select outcome from {awa}.seal(1)");
            sql("select {awa}.exhaust(1, -" + PROMOTIONS.incrementAndGet() + ")");
            sql("select outcome from {awa}.finish(1, '{}', '{}')");
            sql("select outcome from {awa}.prune(1, interval '0')");
            return number("select count(*) from {awa}.generations where segment = 1 and reclaimed_at is not null") == 1;
        });
    }

    JobView job(JobId id) {
        return Objects.requireNonNull(awa.admin().job(id).block(PATIENCE));
    }

    /** Waits until a job has a state; promoting meanwhile where asked. */
    JobView becomes(JobId id, JobState state, boolean promoting) {
        JobView[] last = new JobView[1];
        Await.until(() -> state + ", it is " + last[0], Duration.ofSeconds(20), () -> {
            if (promoting) {
                promote();
            }
            last[0] = job(id);
            return last[0].state() == state;
        });
        // The first look may have met the end between its two places.
        return job(id);
    }

    /** The one that was started last. */
    RunningWorker worker() {
        return workers.get(workers.size() - 1);
    }

    Ledger ledger() {
        return Ledger.of(this);
    }

    int children() {
        return children;
    }

    /** Waits until every job that is stored has an end. */
    Ledger settled() {
        Ledger[] last = new Ledger[1];
        Await.until(() -> "all ended: " + last[0], Duration.ofMinutes(2), () -> {
            last[0] = ledger();
            return last[0].open() == 0;
        });
        return last[0];
    }

    /** Connections of this rig's instances and workers. */
    long connections() {
        return number("select count(*) from pg_stat_activity where application_name like '" + name + " %'");
    }

    List<String> sessions() {
        return sql("select application_name || ': ' || coalesce(state, '') || ' ' || left(query, 60)"
                + " from pg_stat_activity where application_name like '" + name + " %'");
    }

    /** Ends backends whose application_name has this text in it; answers how many. */
    long terminate(String fragment) {
        return number("select count(pg_terminate_backend(pid)) from pg_stat_activity where application_name like '"
                + name + " %" + fragment + "%'");
    }

    @Override
    public void close() {
        Flux.fromIterable(workers)
                .flatMap(worker -> worker.drain(Duration.ofSeconds(5)), 16)
                .then()
                .block(Duration.ofMinutes(1));
        Flux.fromIterable(instances).flatMap(Awa::close, 16).then().block(PATIENCE);
        postgres.drop(schema).block(PATIENCE);
    }
}
