package io.awa.reactive.worker;

import io.awa.reactive.Awa;
import io.awa.reactive.AwaValidationException;
import io.awa.reactive.cron.CronSchedule;
import io.awa.reactive.job.JobType;
import io.awa.reactive.worker.internal.Ranges;
import io.awa.reactive.worker.internal.maintenance.Upkeep;
import io.awa.reactive.worker.maintenance.MaintenanceOptions;
import io.awa.reactive.worker.maintenance.RescueOptions;
import java.time.Duration;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Settings of a worker. Mutable, not for sharing; {@link #build()} opens nothing. */
public final class AwaWorkerBuilder {

    /** The pause between beats where none is named: 5 s. */
    public static final Duration DEFAULT_HEARTBEAT = Duration.ofSeconds(5);

    final Awa awa;
    final Map<String, Handlers.Entry<?>> handlers = new LinkedHashMap<>();
    final Map<String, QueueOptions> queues = new LinkedHashMap<>();
    CompletionOptions completions = CompletionOptions.defaults();
    AttemptOptions attempts = AttemptOptions.defaults();
    MaintenanceOptions maintenance = MaintenanceOptions.defaults();
    RescueOptions rescue = RescueOptions.defaults();
    Duration heartbeat = DEFAULT_HEARTBEAT;
    JobListener listener = JobListener.NONE;
    WorkerRecorder recorder = WorkerRecorder.NONE;
    JobInterceptor interceptor = JobInterceptor.NONE;
    String name = "worker-" + ProcessHandle.current().pid();
    boolean handles = true;
    Set<Role> roles = EnumSet.allOf(Role.class);
    final Map<String, CronSchedule> schedules = new LinkedHashMap<>();

    @Nullable
    Duration cron;

    @Nullable
    Integer sharedWorkers;

    @Nullable
    Executor blockingThreads;

    AwaWorkerBuilder(Awa awa) {
        this.awa = Objects.requireNonNull(awa, "awa");
    }

    // As it is now: a worker's settings stay when its builder is used again.
    private AwaWorkerBuilder(AwaWorkerBuilder now) {
        this(now.awa);
        handlers.putAll(now.handlers);
        queues.putAll(now.queues);
        completions = now.completions;
        attempts = now.attempts;
        maintenance = now.maintenance;
        rescue = now.rescue;
        heartbeat = now.heartbeat;
        listener = now.listener;
        recorder = now.recorder;
        interceptor = now.interceptor;
        name = now.name;
        handles = now.handles;
        roles = now.roles;
        schedules.putAll(now.schedules);
        cron = now.cron;
        sharedWorkers = now.sharedWorkers;
        blockingThreads = now.blockingThreads;
    }

    /**
     * Registers the handler of a kind. The type's queue is worked with default options unless {@link #queue} names it.
     *
     * @throws AwaValidationException if the kind has a handler already
     */
    public <T> AwaWorkerBuilder handle(JobType<T> type, JobHandler<T> handler) {
        return handle(type, handler, options -> options);
    }

    /**
     * Registers the handler of a kind with settings of its own.
     *
     * @throws AwaValidationException if the kind has a handler already
     */
    public <T> AwaWorkerBuilder handle(JobType<T> type, JobHandler<T> handler, UnaryOperator<HandlerOptions> options) {
        return handle(new Handlers.Entry<>(
                type, Objects.requireNonNull(handler, "handler"), null, options.apply(HandlerOptions.defaults())));
    }

    /**
     * Registers the blocking handler of a kind.
     *
     * @throws AwaValidationException if the kind has a handler already
     */
    public <T> AwaWorkerBuilder handleBlocking(JobType<T> type, BlockingJobHandler<T> handler) {
        return handleBlocking(type, handler, options -> options);
    }

    /**
     * Registers the blocking handler of a kind with settings of its own.
     *
     * @throws AwaValidationException if the kind has a handler already
     */
    public <T> AwaWorkerBuilder handleBlocking(
            JobType<T> type, BlockingJobHandler<T> handler, UnaryOperator<HandlerOptions> options) {
        return handle(new Handlers.Entry<>(
                type, null, Objects.requireNonNull(handler, "handler"), options.apply(HandlerOptions.defaults())));
    }

    private <T> AwaWorkerBuilder handle(Handlers.Entry<T> entry) {
        JobType<T> type = entry.type();
        if (handlers.putIfAbsent(type.kind(), entry) != null) {
            throw new AwaValidationException("kind", type.kind(), "one handler for each kind");
        }
        queues.putIfAbsent(type.queue(), QueueOptions.defaults());
        return this;
    }

    /** Works a queue, with options made from the defaults or from what an earlier call set. */
    public AwaWorkerBuilder queue(String queue, UnaryOperator<QueueOptions> options) {
        queues.merge(
                queue,
                options.apply(QueueOptions.defaults()),
                (known, fresh) -> Objects.requireNonNull(options.apply(known)));
        return this;
    }

    /**
     * The queues share their workers: at most so many handlers at once in all of them, beside what each may have by itself.
     * Each has its {@code minWorkers} at any time, and the rest goes to those that have jobs, by {@code weight}.
     *
     * @param number 1 to 100,000; at least the sum of all minima
     */
    public AwaWorkerBuilder sharedWorkers(int number) {
        Ranges.check("sharedWorkers", number, 1, QueueOptions.MOST_WORKERS);
        this.sharedWorkers = number;
        return this;
    }

    /** Blocking handlers run on these threads, which stay the caller's; by default on threads of the worker's own. */
    public AwaWorkerBuilder blockingThreads(Executor threads) {
        this.blockingThreads = Objects.requireNonNull(threads, "blockingThreads");
        return this;
    }

    /** How ends of jobs are written. */
    public AwaWorkerBuilder completions(UnaryOperator<CompletionOptions> options) {
        this.completions = options.apply(completions);
        return this;
    }

    /** How attempts are looked after while they run. */
    public AwaWorkerBuilder attempts(UnaryOperator<AttemptOptions> options) {
        this.attempts = options.apply(attempts);
        return this;
    }

    /** How segments come and go. */
    public AwaWorkerBuilder maintenance(UnaryOperator<MaintenanceOptions> options) {
        this.maintenance = options.apply(maintenance);
        return this;
    }

    /** When attempts of other processes are given up. The same for every process of a schema. */
    public AwaWorkerBuilder rescue(UnaryOperator<RescueOptions> options) {
        this.rescue = options.apply(rescue);
        return this;
    }

    /**
     * What this process does; everything by default. Without {@link Role#WORKER} no queue is worked, and no handler is needed.
     * Without {@link Role#MAINTENANCE} some other process of the schema has to do it.
     */
    public AwaWorkerBuilder roles(Role first, Role... more) {
        this.roles = EnumSet.of(first, more);
        return this;
    }

    /** Allows a worker without handlers, whose jobs are taken by {@link RunningWorker#claims}. */
    public AwaWorkerBuilder withoutHandlers() {
        this.handles = false;
        return this;
    }

    /** Leaves maintenance and rescue to other processes: {@code roles(Role.WORKER)}. */
    public AwaWorkerBuilder withoutMaintenance() {
        return roles(Role.WORKER);
    }

    /**
     * The pause between beats.
     *
     * @param pause 100 ms to 1 min; 5 s by default
     */
    public AwaWorkerBuilder heartbeat(Duration pause) {
        Ranges.check("heartbeat", pause, Duration.ofMillis(100), Duration.ofMinutes(1));
        this.heartbeat = pause;
        return this;
    }

    /**
     * Declares schedules when the worker starts and each minute while it runs. It only adds and changes: schedules of other
     * names stay. Who leads fires what is due in the schema, whoever declared it; see {@link #cron}. Which queues are worked
     * is not changed.
     *
     * @throws AwaValidationException if a name is declared already
     */
    public AwaWorkerBuilder schedule(CronSchedule... declared) {
        for (CronSchedule one : declared) {
            if (schedules.putIfAbsent(one.name(), one) != null) {
                throw new AwaValidationException("schedule.name", one.name(), "one schedule of each name");
            }
        }
        return this;
    }

    /**
     * How often this process looks at the schedules while it leads; with {@link #withoutMaintenance()}: that it does so
     * all the same.
     *
     * @param pause between looks, 100 ms to 1 min; 1 s by default
     */
    public AwaWorkerBuilder cron(Duration pause) {
        Ranges.check("cron", pause, Duration.ofMillis(100), Duration.ofMinutes(1));
        this.cron = pause;
        return this;
    }

    /** Hears of every job whose end is decided. */
    public AwaWorkerBuilder listener(JobListener jobListener) {
        this.listener = Objects.requireNonNull(jobListener, "listener");
        return this;
    }

    /** Hears what the worker measures, for metrics. One, the last that was named; nobody by default. */
    public AwaWorkerBuilder recorder(WorkerRecorder measures) {
        this.recorder = SafeRecorder.of(Objects.requireNonNull(measures, "recorder"));
        return this;
    }

    /** Stands around each call of a handler. Of several the first one that was named is outermost. */
    public AwaWorkerBuilder interceptor(JobInterceptor around) {
        this.interceptor = Objects.requireNonNull(around, "interceptor").within(interceptor);
        return this;
    }

    /** What operators see this process as; {@code worker-<pid>} by default. */
    public AwaWorkerBuilder name(String workerName) {
        this.name = Objects.requireNonNull(workerName, "name");
        return this;
    }

    /**
     * The worker, with the settings as they are now. Nothing is opened before it is started.
     *
     * @throws AwaValidationException if there is no handler, the staleness is too short for the heartbeat, or the minima of
     *     the queues are more than the workers they share
     */
    public AwaWorker build() {
        if (handles && handlers.isEmpty() && roles.contains(Role.WORKER)) {
            throw new AwaValidationException("handlers", "none", "at least one handler, or withoutHandlers()");
        }
        Staleness.check(rescue, heartbeat);
        QueueSlots.of(this);
        handlers.values().forEach(entry -> awa.engine().prepare(entry.type()));
        return new AwaWorker(new AwaWorkerBuilder(this));
    }

    /** What its maintenance needs to know. */
    Upkeep.Settings upkeep() {
        return new Upkeep.Settings(
                roles.contains(Role.MAINTENANCE), maintenance, rescue, awa.schedules(), schedules.values(), cron);
    }
}
