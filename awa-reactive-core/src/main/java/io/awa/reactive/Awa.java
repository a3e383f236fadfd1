package io.awa.reactive;

import io.awa.reactive.admin.Admin;
import io.awa.reactive.callback.Callbacks;
import io.awa.reactive.cron.Schedules;
import io.awa.reactive.engine.Engine;
import io.awa.reactive.engine.Segment;
import io.awa.reactive.enqueue.Enqueuer;
import io.awa.reactive.job.JobId;
import io.awa.reactive.observe.JobUpdate;
import io.awa.reactive.observe.ObserveOptions;
import io.awa.reactive.pressure.Admission;
import io.awa.reactive.pressure.QueuePressure;
import io.awa.reactive.schema.MigrationReport;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import java.time.Duration;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The queue: migrate, enqueue, ask. One for each schema and process; safe to share between threads. It keeps up to seven
 * connections, opened when first needed (enqueue, notify, administration, schedules, callbacks, observers, pressure), and takes
 * one more for each bulk enqueue.
 *
 * <pre>{@code
 * Awa awa = Awa.builder(connections).schema("awa").build();
 * awa.migrate()
 *    .then(awa.enqueue(SEND_EMAIL.with(new SendEmail("a@b.org", "hi"))))
 *    .subscribe();
 * }</pre>
 *
 * <p>Signals arrive on the driver's event loop unless said otherwise: do not block there.
 */
public interface Awa extends Enqueuer {

    /** How long {@link #enqueue} of a unique job waits for open transactions that may be about to take its key: 10 s. */
    Duration KEY_PATIENCE = Duration.ofSeconds(10);

    /**
     * Starts an instance.
     *
     * @param connections the PostgreSQL driver's factory, or a pool over it. The kept connections and the workers' are
     *     made by the driver's factory below a pool; bulk enqueue borrows from the pool
     */
    static AwaBuilder builder(ConnectionFactory connections) {
        return new AwaBuilder(connections);
    }

    /** Creates the schema or brings it up to date. Starts at the same time converge. */
    Mono<MigrationReport> migrate();

    /**
     * Looks for what would lose jobs: a lane's sequence behind positions it has handed out (logical copies do not carry
     * sequence values), a sequence with a cache, a pointer to a segment that is not live.
     *
     * @return nothing when all is well, else an {@link AwaSchemaException} that lists the problems. Workers ask this
     *     before they start
     */
    Mono<Void> check();

    /** Mends what {@link #check()} finds, with no producer or worker running; answers how many things it mended. */
    Mono<Integer> repair();

    /**
     * Enqueue on the caller's connection and in its transaction, at any isolation level: jobs appear with its commit and
     * vanish with its rollback. The connection is borrowed: no transaction is begun or ended, nothing is closed. Lanes
     * and kinds that are missing are made on a connection of this instance, so no other producer waits for the caller.
     *
     * <p>Only the caller knows when it commits: workers look for such jobs more and more seldom from when they are written, so
     * they are found about as long after the commit as that comes after the call, and half a second at most; at once after
     * {@link #wake(String)}.
     */
    Enqueuer on(Connection connection);

    /** Tells workers, here and elsewhere, that a queue got jobs. Never waits; coalesced. */
    void wake(String queue);

    /**
     * How full a queue is, how fast it empties, and how long that takes. A few index probes, whatever the backlog; a look of
     * another caller in the last 250 ms is shared. The first one takes 250 ms, as a rate is known from two looks.
     *
     * @return one value; of an unknown queue that nothing waits. Errors of the driver pass through
     */
    Mono<QueuePressure> pressure(String queue);

    /**
     * The same again and again, for gauges and for pacing of one's own: the first as soon as it is known, the others with
     * so much time between. A slow subscriber misses some. Trouble of the database that may pass is waited out in silence, once there was
     * a first value.
     *
     * @param every 100 ms to an hour
     * @throws AwaValidationException if it is out of its range
     */
    Flux<QueuePressure> pressure(String queue, Duration every);

    /**
     * The door of a queue for single jobs, which waits before a transaction begins while the queue is too full, as
     * {@link AwaBuilder#backpressure} says; open where it says nothing. Opens nothing by itself.
     */
    Admission admission(String queue);

    /** What operators ask. */
    Admin admin();

    /** Recurring jobs. */
    Schedules schedules();

    /** As {@link #observe(JobId, ObserveOptions)}, from the state the job is in until it has ended. */
    default Flux<JobUpdate> observe(JobId job) {
        return observe(job, ObserveOptions.defaults());
    }

    /**
     * Every state of one job from now on, or from a cursor on, whichever process works it, with what its attempts report.
     * Read from what is stored of the job's life: a state that came and went between two looks is told all the same, and so
     * is what came while nobody subscribed, as long as it is stored. Not told is a claim that was given back before the next
     * look.
     *
     * <p>All observers of an instance share one connection, which looks where their jobs stand every 100 ms, or less often
     * where many watch: looking takes a tenth of its time at most. Nothing that jobs pass through knows of observers.
     *
     * <p><b>The end.</b> Completes once it has told the end the job is in, unless {@link ObserveOptions#beyondEnds()}; after
     * {@link JobUpdate.Gone} in any case. An outage is waited out. Fails where the database refuses to answer, for instance
     * without the schema, and when this instance is closed.
     *
     * <p>Follows demand: for a subscriber that is behind no look is made, and nothing is lost that is still stored when it
     * has caught up. Cancelling forgets the observer, nothing else. Signals arrive on the driver's event loop or the thread
     * that requests; neither may be blocked.
     *
     * @throws AwaValidationException if the cursor is none of this job
     */
    Flux<JobUpdate> observe(JobId job, ObserveOptions options);

    /** Answers to jobs that wait for a callback. */
    Callbacks callbacks();

    /** The storage protocols, for runtimes. */
    Engine engine();

    /** Bytes on disk and state of the live segments, for those who watch. */
    Flux<Segment> segments();

    /** The name of the schema, unquoted. */
    String schema();

    /** Stores what was offered, then closes the kept connections. Later calls fail. */
    Mono<Void> close();
}
