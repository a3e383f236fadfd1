package io.awa.reactive.chaos;

import io.awa.reactive.Awa;
import io.awa.reactive.admin.JobState;
import io.awa.reactive.admin.QueueSettings;
import io.awa.reactive.enqueue.Enqueued;
import io.awa.reactive.testkit.AwaPostgres;
import io.awa.reactive.testkit.Witness;
import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.pool.ConnectionPoolConfiguration;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import reactor.core.publisher.Flux;

/** A schema and all that works in it: processes, producers, an operator. Several stand side by side in one database. */
final class Tenant implements AutoCloseable {

    static final int CHILDREN = 8;
    static final int POOL = 6;

    private static final Duration PATIENCE = Duration.ofMinutes(3);
    private static final Duration KEPT = Duration.ofSeconds(2);
    private static final Set<JobState> OPEN =
            EnumSet.complementOf(EnumSet.of(JobState.COMPLETED, JobState.FAILED, JobState.DEAD, JobState.CANCELLED));

    final AwaPostgres server;
    final String name;
    final String schema;
    final Awa awa;
    final ConnectionPool pool;
    final Witness witness;
    final Reports reports;
    final Stored stored = new Stored();
    final Operator operator;
    final List<Slot> slots = new ArrayList<>();

    /**
     * Processes that waited for an answer that never came, longer than their segments are retained here: what became of an
     * end they wrote meanwhile nobody can tell them any more, so they were told it is stale.
     */
    final Set<String> deaf = ConcurrentHashMap.newKeySet();

    private final int perSecond;
    private final List<Producer> producers = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();
    private final SplittableRandom random;

    Tenant(AwaPostgres server, String name, int processes, int perSecond, Path folder, SplittableRandom random) {
        this.server = server;
        this.name = name;
        this.perSecond = perSecond;
        this.random = random;
        this.schema = server.freshSchema("chaos");
        this.awa = Awa.builder(server.connections())
                .schema(schema)
                .children(CHILDREN)
                .name(name + "-office")
                .build();
        awa.migrate().block(PATIENCE);
        this.witness = Witness.of(server, schema);
        witness.install(CHILDREN);
        Dial.install(this);
        for (String queue : Kinds.QUEUES) {
            awa.engine().queue(queue).block(PATIENCE);
            awa.admin()
                    .queue(queue)
                    .settings(QueueSettings.defaults()
                            .backoff(Duration.ofMillis(50), Duration.ofMillis(400))
                            .keep(KEPT, KEPT, KEPT))
                    .block(PATIENCE);
        }
        this.pool = new ConnectionPool(ConnectionPoolConfiguration.builder(server.connections())
                .maxSize(POOL)
                .maxCreateConnectionTime(Duration.ofSeconds(10))
                .maxAcquireTime(Duration.ofSeconds(30))
                .build());
        this.reports = new Reports(name);
        this.operator = new Operator(awa, stored, reports, random.split());
        int port = URI.create(server.url().replace("r2dbc:postgresql", "http")).getPort();
        for (int i = 1; i <= processes; i++) {
            slots.add(new Slot(name + i, schema, port, folder, reports));
        }
        start(operator);
    }

    /** Starts what is not running, producers included. */
    void start() {
        slots.forEach(Slot::start);
        if (producers.isEmpty()) {
            operator.act();
            for (int i = 0; i < 2; i++) {
                Producer producer = new Producer(awa, pool, stored, random.split(), perSecond / 2);
                producers.add(producer);
                threads.add(start(producer));
            }
        }
    }

    /** Ends producers and what operators do. */
    void quiet() {
        producers.forEach(Producer::stop);
        operator.rest();
        threads.forEach(Tenant::join);
        producers.clear();
        threads.clear();
    }

    /** Every process runs and every wire is whole. */
    void heal() {
        slots.forEach(slot -> {
            slot.wire.heal();
            slot.thaw();
            slot.start();
        });
    }

    /** Jobs that have not come to an end, as operators see it. */
    long open() {
        return Objects.requireNonNull(awa.admin()
                .counts(null)
                .filter(count -> OPEN.contains(count.state()))
                .map(count -> count.count().value())
                .reduce(0L, Long::sum)
                .block(PATIENCE));
    }

    /** How many jobs are in which state, for whoever wonders. */
    List<String> states() {
        return Objects.requireNonNull(awa.admin()
                .counts(null)
                .filter(count -> count.count().value() > 0)
                .map(count -> count.queue() + " " + count.state() + " "
                        + count.count().value())
                .collectList()
                .block(PATIENCE));
    }

    /** What is known, for whoever wonders why it does not go on. */
    String describe() {
        return "states " + states() + ", stored " + stored.jobs() + ", ended " + reports.ended() + ", refusals "
                + stored.refusals() + ", the last one " + stored.lastRefusal();
    }

    /** Ended jobs that are still kept, and would be seen again by whoever forgets what he saw. */
    long kept() {
        return Long.parseLong(sql("SELECT "
                        + java.util.stream.IntStream.range(0, 4)
                                .mapToObj(k -> "(SELECT count(*) FROM {awa}.entries_" + k
                                        + " e WHERE e.until > clock_timestamp()"
                                        + " AND NOT EXISTS (SELECT FROM {awa}.endings_" + k
                                        + " x WHERE x.entry = e.entry))")
                                .reduce((a, b) -> a + " + " + b)
                                .orElseThrow())
                .get(0));
    }

    /** Segments and stores that are neither current nor gone, and a current segment that has jobs: it is one of them soon. */
    List<String> left() {
        return sql("SELECT 'segment ' || segment || ' ' || state FROM {awa}.segments() WHERE state <> 'current'"
                + " UNION ALL SELECT 'store ' || store || ' ' || state FROM {awa}.store_states() WHERE state <> 'current'"
                + java.util.stream.IntStream.range(0, CHILDREN)
                        .mapToObj(k -> " UNION ALL SELECT 'jobs in child " + k
                                + "' WHERE EXISTS (SELECT FROM {awa}.jobs_" + k + ")")
                        .collect(java.util.stream.Collectors.joining()));
    }

    /** Stores one plain job in each queue; answers their ids. */
    List<Long> probe() {
        List<Long> ids = new ArrayList<>();
        Stored.Moment asked = stored.asked();
        for (int i = 0; i < 2; i++) {
            Enqueued answer = Objects.requireNonNull(
                    awa.enqueue(Kinds.of(Deed.PLAIN, random)).block(PATIENCE));
            ids.add(answer.id().value());
        }
        asked.committedAlone(ids);
        return ids;
    }

    /** The first column of the rows; {@code {awa}} is the schema. */
    List<String> sql(String text) {
        return Objects.requireNonNull(
                server.query(text.replace("{awa}", schema)).collectList().block(PATIENCE));
    }

    @Override
    public void close() {
        quiet();
        operator.end();
        Flux.fromIterable(slots)
                .parallel(8)
                .runOn(reactor.core.scheduler.Schedulers.boundedElastic())
                .doOnNext(Slot::close)
                .sequential()
                .then()
                .block(PATIENCE);
        reports.close();
        pool.disposeLater().block(PATIENCE);
        awa.close().onErrorComplete().block(PATIENCE);
    }

    private Thread start(Runnable work) {
        Thread thread = new Thread(work, name + " " + work.getClass().getSimpleName());
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    private static void join(Thread thread) {
        try {
            thread.join(Duration.ofMinutes(3).toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
        if (thread.isAlive()) {
            throw new IllegalStateException(thread.getName() + " does not end");
        }
    }
}
