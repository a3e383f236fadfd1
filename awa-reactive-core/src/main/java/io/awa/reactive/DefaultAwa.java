package io.awa.reactive;

import io.awa.reactive.admin.Admin;
import io.awa.reactive.callback.Callbacks;
import io.awa.reactive.cron.Schedules;
import io.awa.reactive.engine.Channel;
import io.awa.reactive.engine.Engine;
import io.awa.reactive.engine.LocalWakes;
import io.awa.reactive.engine.Maintenance;
import io.awa.reactive.engine.Segment;
import io.awa.reactive.enqueue.BulkResult;
import io.awa.reactive.enqueue.Enqueued;
import io.awa.reactive.enqueue.Enqueuer;
import io.awa.reactive.enqueue.OnDuplicate;
import io.awa.reactive.internal.Checks;
import io.awa.reactive.internal.SchemaSql;
import io.awa.reactive.internal.admin.LaneAdmin;
import io.awa.reactive.internal.callback.CallbackDesk;
import io.awa.reactive.internal.cron.LaneSchedules;
import io.awa.reactive.internal.enqueue.Directory;
import io.awa.reactive.internal.enqueue.EnqueueDesk;
import io.awa.reactive.internal.enqueue.Notifier;
import io.awa.reactive.internal.json.JobEncoder;
import io.awa.reactive.internal.observe.WatchDesk;
import io.awa.reactive.internal.pg.Lane;
import io.awa.reactive.internal.pg.LaneSettings;
import io.awa.reactive.internal.pg.Sql;
import io.awa.reactive.internal.pressure.Door;
import io.awa.reactive.internal.pressure.Gate;
import io.awa.reactive.internal.pressure.Readings;
import io.awa.reactive.job.Job;
import io.awa.reactive.job.JobId;
import io.awa.reactive.observe.JobUpdate;
import io.awa.reactive.observe.ObserveOptions;
import io.awa.reactive.pressure.Admission;
import io.awa.reactive.pressure.QueuePressure;
import io.awa.reactive.schema.MigrationReport;
import io.awa.reactive.schema.SchemaMigrator;
import io.r2dbc.spi.Connection;
import java.time.Duration;
import java.util.function.UnaryOperator;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** Puts the parts together. */
final class DefaultAwa implements Awa {

    private static final Duration LOOK = Duration.ofSeconds(2);
    private static final Duration SHORTEST_LOOK = Duration.ofMillis(100);
    private static final Duration LONGEST_LOOK = Duration.ofHours(1);

    private final SchemaSql schema;
    private final SchemaMigrator migrator;
    private final Lane enqueueLane;
    private final Lane notifyLane;
    private final Lane adminLane;
    private final Lane cronLane;
    private final Lane callbackLane;
    private final Lane pressureLane;
    private final Gate gate;
    private final WatchDesk watches;
    private final LocalWakes wakes = new LocalWakes();
    private final Notifier notifier;
    private final EnqueueDesk desk;
    private final UnaryOperator<Enqueuer> decorator;
    private final Enqueuer enqueuer;
    private final Admin admin;
    private final Schedules schedules;
    private final Callbacks callbacks;
    private final Engine engine;

    DefaultAwa(AwaBuilder settings) {
        schema = new SchemaSql(settings.schema);
        migrator = SchemaMigrator.of(settings.connections)
                .schema(settings.schema.name())
                .children(settings.children);
        enqueueLane = new Lane(settings.connections, LaneSettings.named(settings.name + " enqueue"));
        notifyLane = new Lane(
                settings.connections,
                LaneSettings.named(settings.name + " notify").asynchronous());
        adminLane = new Lane(settings.connections, LaneSettings.named(settings.name + " admin"));
        // Of its own: a fire may wait for somebody's lock on its schedule, and administration must not wait behind it.
        cronLane = new Lane(settings.connections, LaneSettings.named(settings.name + " cron"));
        callbackLane = new Lane(settings.connections, LaneSettings.named(settings.name + " callbacks"));
        // Of its own: producers wait for it many times a second, and administration may take long.
        pressureLane = new Lane(
                settings.connections,
                LaneSettings.named(settings.name + " pressure").statementTimeout(LOOK));
        gate = new Gate(
                new Readings(pressureLane, schema),
                Schedulers.parallel(),
                settings.backpressure,
                settings.othersBackpressure);
        callbacks = new CallbackDesk(callbackLane, schema, settings.mapper);
        notifier = new Notifier(notifyLane, schema, Schedulers.parallel());
        Directory directory = new Directory(adminLane, schema);
        JobEncoder encoder = new JobEncoder(settings.mapper, settings.limits);
        desk = new EnqueueDesk(
                settings.connections, enqueueLane, encoder, directory, schema, gate, Schedulers.parallel(), this::wake);
        decorator = settings.decorator;
        enqueuer = decorator.apply(desk);
        admin = new LaneAdmin(adminLane, schema, encoder);
        schedules = new LaneSchedules(cronLane, encoder, directory, schema, Schedulers.parallel(), this::wake);
        engine = new Engine(
                settings.connections,
                schema,
                directory,
                wakes,
                settings.mapper,
                encoder,
                settings.name,
                new Channel(
                        settings.connections,
                        schema,
                        settings.name,
                        process -> process == notifyLane.session(),
                        notifier::wake));
        watches = new WatchDesk(
                new Lane(
                        settings.connections,
                        LaneSettings.named(settings.name + " watch")
                                .statementTimeout(Duration.ofSeconds(10))
                                .oneSnapshot()),
                schema,
                engine.channel(),
                Schedulers.parallel());
    }

    @Override
    public Mono<MigrationReport> migrate() {
        return migrator.migrate();
    }

    @Override
    public Mono<Void> check() {
        return adminLane
                .call(connection -> Sql.rows(
                                connection,
                                schema.in("SELECT problem FROM {awa}.check_lanes()"),
                                Sql.args(),
                                row -> row.text("problem"))
                        .collectList())
                .flatMap(problems -> problems.isEmpty()
                        ? Mono.empty()
                        : Mono.error(new AwaSchemaException(
                                "schema " + schema.schema().quoted()
                                        + " would lose jobs; stop its producers and workers and call repair(): "
                                        + String.join("; ", problems))));
    }

    @Override
    public Mono<Integer> repair() {
        return adminLane.call(connection -> Sql.row(
                connection, schema.in("SELECT {awa}.repair() AS answer"), Sql.args(), row -> row.integer("answer")));
    }

    @Override
    public Mono<Enqueued> enqueue(Job<?> job) {
        return enqueuer.enqueue(job);
    }

    @Override
    public Mono<BulkResult> enqueueAll(Publisher<? extends Job<?>> jobs, OnDuplicate policy) {
        return enqueuer.enqueueAll(jobs, policy);
    }

    @Override
    public Enqueuer on(Connection connection) {
        return decorator.apply(desk.on(connection));
    }

    @Override
    public void wake(String queue) {
        wakes.wake(queue);
        notifier.wake(queue);
    }

    @Override
    public Mono<QueuePressure> pressure(String queue) {
        return gate.pressure(Checks.name("queue", queue));
    }

    @Override
    public Flux<QueuePressure> pressure(String queue, Duration every) {
        Checks.name("queue", queue);
        return gate.pressure(queue, Checks.between("every", every, SHORTEST_LOOK, LONGEST_LOOK));
    }

    @Override
    public Admission admission(String queue) {
        return new Door(gate, Schedulers.parallel(), Checks.name("queue", queue));
    }

    @Override
    public Admin admin() {
        return admin;
    }

    @Override
    public Schedules schedules() {
        return schedules;
    }

    @Override
    public Flux<JobUpdate> observe(JobId job, ObserveOptions options) {
        return watches.observe(Checks.notNull("job", job), Checks.notNull("options", options));
    }

    @Override
    public Callbacks callbacks() {
        return callbacks;
    }

    @Override
    public Engine engine() {
        return engine;
    }

    @Override
    public Flux<Segment> segments() {
        return Flux.using(
                engine::maintenance, Maintenance::segments, m -> m.close().subscribe());
    }

    @Override
    public String schema() {
        return schema.schema().name();
    }

    @Override
    public Mono<Void> close() {
        return desk.drain()
                .then(Mono.when(
                        enqueueLane.close(),
                        notifyLane.close(),
                        adminLane.close(),
                        cronLane.close(),
                        callbackLane.close(),
                        pressureLane.close(),
                        watches.close()));
    }
}
