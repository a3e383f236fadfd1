package io.awa.reactive.test;

import io.awa.reactive.Awa;
import io.awa.reactive.admin.JobDetails;
import io.awa.reactive.admin.JobFilter;
import io.awa.reactive.admin.JobState;
import io.awa.reactive.admin.JobView;
import io.awa.reactive.cron.CronSchedule;
import io.awa.reactive.enqueue.Enqueued;
import io.awa.reactive.job.Job;
import io.awa.reactive.job.JobId;
import io.awa.reactive.job.JobType;
import io.awa.reactive.testkit.AwaPostgres;
import io.awa.reactive.testkit.HistoryVerdict;
import io.awa.reactive.worker.AwaWorkerBuilder;
import io.awa.reactive.worker.BlockingJobHandler;
import io.awa.reactive.worker.HandlerOptions;
import io.awa.reactive.worker.JobHandler;
import io.awa.reactive.worker.QueueOptions;
import io.r2dbc.spi.ConnectionFactory;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

/**
 * A queue for a test: a database of its own with the schema {@code awa}, a {@link #clock()} that moves when it is told, and
 * work that is done when it is asked for, job by job or all at once, by the worker that works in production. Nothing
 * happens in between: no loop runs.
 *
 * <pre>{@code
 * harness.handle(SEND_EMAIL, TestHandlers.failing(SmtpDown::new));
 * harness.enqueue(SEND_EMAIL.with(mail));
 * harness.clock().advanceUntilIdle();
 * harness.assertThatJob().isDeadLettered().hasAttempts(5).lastErrorContains("smtp");
 * }</pre>
 *
 * <p>{@link AwaTest} makes one for each test. Methods block, and throw an {@link IllegalStateException} on a thread that must
 * not (a reactive handler's, an event loop); one thread at a time. Errors of the library come as they are.
 */
public final class AwaHarness implements AutoCloseable {

    static final int MOST_ROUNDS = 1_000;
    static final int MOST_WAITS = 200;

    private final Database database;
    private final Awa awa;
    private final Desk desk;
    private final ClockCell cell;
    private final Passage passage;
    private final HarnessClock clock;
    private @Nullable JobId last;
    private @Nullable Watched watched;

    private AwaHarness(Database database) {
        this.database = database;
        this.cell = new ClockCell(database);
        cell.advanceTo(Instant.now());
        this.awa = Awa.builder(database.connections()).name("test").build();
        this.desk = new Desk(awa);
        this.passage = new Passage(cell, awa, Await.value(Abandoned.register(awa)), desk::maintain);
        this.clock = new HarnessClock(cell, passage, this);
    }

    /** A harness on the server that {@link AwaPostgres#shared()} picks, whose role needs the right to create databases. */
    public static AwaHarness create() {
        return new AwaHarness(Databases.shared().take());
    }

    /** The instance; the schema is {@code awa} and up to date. */
    public Awa awa() {
        return awa;
    }

    /** Connections to the test's database, plain ones, for the application's own tables and for {@code awa().on(...)}. */
    public ConnectionFactory connections() {
        return database.connections();
    }

    /** The address of the test's database with login, as {@code r2dbc:postgresql://user:password@host:port/database}. */
    public String url() {
        return AwaPostgres.shared().url(database.name());
    }

    /** The database's clock. */
    public HarnessClock clock() {
        return clock;
    }

    /** Handles jobs of a type, in the type's queue; the last one that is named for a kind counts. */
    public <T> AwaHarness handle(JobType<T> type, JobHandler<T> handler) {
        return handle(type, handler, options -> options);
    }

    /** The same with settings of its own. */
    public <T> AwaHarness handle(JobType<T> type, JobHandler<T> handler, UnaryOperator<HandlerOptions> options) {
        desk.handle(new Registration.Reactive<>(type, handler, options));
        return this;
    }

    /** Handles jobs of a type on a thread that may block. */
    public <T> AwaHarness handleBlocking(JobType<T> type, BlockingJobHandler<T> handler) {
        desk.handle(new Registration.Blocking<>(type, handler, options -> options));
        return this;
    }

    /** Works a queue that no handler's type names, or one with other options. Several calls add up. */
    public AwaHarness queue(String name, UnaryOperator<QueueOptions> options) {
        desk.queue(name, options);
        return this;
    }

    /**
     * Sets the worker up, for all that is neither a handler nor a queue: attempts, completions, a listener, a recorder,
     * maintenance. By default segments are rotated once a day and kept for ten years, so that a test finds its jobs however
     * far it moves the clock. Several calls add up.
     */
    public AwaHarness worker(UnaryOperator<AwaWorkerBuilder> settings) {
        desk.settings(settings);
        return this;
    }

    /**
     * How long handlers have, in real time: what has not ended then is cancelled and released.
     *
     * @param time 10 ms to 1 day; 30 s by default
     */
    public AwaHarness patience(Duration time) {
        desk.patience(time);
        return this;
    }

    /** Declares schedules. They fire while the clock passes their times. */
    public AwaHarness schedule(CronSchedule... schedules) {
        Await.end(Flux.fromArray(schedules).concatMap(awa.schedules()::put));
        return this;
    }

    /** Stores a job; answers its id, or that of the job it is a duplicate of. */
    public JobId enqueue(Job<?> job) {
        JobId id = Await.value(awa.enqueue(job).map(Enqueued::id));
        last = id;
        return id;
    }

    /**
     * Works one job that is available, of the first queue that has one: its handler is called and what it says is written.
     * Jobs that wait for their time do so until the {@link #clock()} moves.
     *
     * @throws IllegalStateException if no handler is registered, or the job is of a kind that has none
     */
    public WorkResult workOne() {
        for (String queue : desk.queues()) {
            WorkResult worked = desk.one(queue);
            if (!(worked instanceof WorkResult.NoJob)) {
                return worked;
            }
        }
        return new WorkResult.NoJob();
    }

    /** Works one job of a queue, as {@link #workOne()}. */
    public WorkResult workOne(String queue) {
        return desk.one(queue);
    }

    /**
     * Works all jobs that are available or due, and those that they leave available, until there are none.
     *
     * @return one result an attempt's handler that was called, in that order; several attempts of a job in one pass are one
     * @throws IllegalStateException if no handler is registered, a job is of a kind that has none, or it does not come to an
     *     end within {@value #MOST_ROUNDS} rounds
     */
    public List<WorkResult> workAll() {
        List<WorkResult> all = new ArrayList<>();
        passage.promote();
        for (int round = 0; round < MOST_ROUNDS; round++) {
            List<WorkResult> worked = desk.all();
            all.addAll(worked);
            boolean stuck = worked.stream().allMatch(WorkResult.Released.class::isInstance);
            if (passage.promote() == 0 || stuck) {
                return all;
            }
        }
        throw new IllegalStateException("there are still jobs after " + MOST_ROUNDS + " rounds");
    }

    void workUntilIdle(int rounds) {
        JobView next = null;
        for (int round = 0; round < rounds; round++) {
            workAll();
            next = nextDue();
            if (next == null) {
                return;
            }
            passage.to(Objects.requireNonNull(next.dueAt()));
        }
        throw new IllegalStateException("jobs still wait for time after " + rounds + " rounds, for instance " + next);
    }

    private @Nullable JobView nextDue() {
        return Await.orNull(awa.admin()
                .jobs(JobFilter.in(JobState.SCHEDULED, JobState.RETRYING, JobState.SNOOZED, JobState.WAITING))
                .filter(job -> job.dueAt() != null)
                .sort(Comparator.comparing(job -> Objects.requireNonNull(job.dueAt())))
                .next());
    }

    /**
     * A worker claims one job of a queue and dies: the job stays running until the {@link #clock()} has passed the staleness
     * after which processes are given up (30 s), and is then tried again.
     *
     * @return the job
     * @throws IllegalStateException if none was there
     */
    public JobId abandonOne(String queue) {
        return Abandoned.one(awa, queue);
    }

    /**
     * Keeps a record of all that happens to jobs from now on, by triggers, for {@link #history()}. Before the first job.
     *
     * @throws IllegalStateException if it does so already
     */
    public AwaHarness watch() {
        if (watched != null) {
            throw new IllegalStateException("it is watched already");
        }
        watched = new Watched(database, awa.schema());
        return this;
    }

    /**
     * Judges what {@link #watch} has recorded: every job that was stored has ended, once; no stale attempt won; lives and
     * attempts add up. Call it when all jobs have ended: one that has not is {@code LOST}.
     *
     * @throws IllegalStateException if it is not watched
     */
    public HistoryVerdict history() {
        Watched known = watched;
        if (known == null) {
            throw new IllegalStateException("not watched: harness.watch() before the first job");
        }
        return known.judge();
    }

    /** One pass of maintenance over segments and stores, as {@link HarnessClock#advance} ends with one. */
    public void maintain() {
        desk.maintain();
    }

    /**
     * The job that {@link #enqueue} stored last, as it stands.
     *
     * @throws IllegalStateException if there was none
     */
    public JobView job() {
        return job(lastId());
    }

    /**
     * A job as it stands.
     *
     * @throws IllegalStateException if it is unknown
     */
    public JobView job(JobId id) {
        return details(id).job();
    }

    /** The jobs of a kind, state by state. */
    public List<JobView> jobs(JobType<?> type) {
        return Await.value(awa.admin().jobs(JobFilter.ofKind(type.kind())).collectList());
    }

    /** Assertions on the job that {@link #enqueue} stored last. */
    public JobAssert assertThatJob() {
        return assertThatJob(lastId());
    }

    /** Assertions on a job, as it stands now. */
    public JobAssert assertThatJob(JobId id) {
        return new JobAssert(details(id));
    }

    /** Closes its connections. The database is dropped, some time later. */
    @Override
    public void close() {
        passage.close();
        Await.end(awa.close());
        cell.close();
        Databases.shared().giveBack(database);
    }

    private JobDetails details(JobId id) {
        JobDetails found = Await.orNull(awa.admin().details(id));
        if (found == null) {
            throw new IllegalStateException("no such job: " + id + "; it was never stored, or is forgotten");
        }
        return found;
    }

    private JobId lastId() {
        JobId known = last;
        if (known == null) {
            throw new IllegalStateException("the harness has stored no job: harness.enqueue(TYPE.with(...))");
        }
        return known;
    }
}
