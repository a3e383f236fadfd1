package io.awa.reactive.internal.cron;

import io.awa.reactive.AwaValidationException;
import io.awa.reactive.cron.CronExpression;
import io.awa.reactive.cron.CronSchedule;
import io.awa.reactive.cron.MissedFires;
import io.awa.reactive.cron.PutOutcome;
import io.awa.reactive.cron.ScheduleView;
import io.awa.reactive.cron.Schedules;
import io.awa.reactive.cron.TickOutcome;
import io.awa.reactive.internal.Checks;
import io.awa.reactive.internal.SchemaSql;
import io.awa.reactive.internal.enqueue.Directory;
import io.awa.reactive.internal.json.EncodedJob;
import io.awa.reactive.internal.json.JobEncoder;
import io.awa.reactive.internal.pg.Fields;
import io.awa.reactive.internal.pg.Lane;
import io.awa.reactive.internal.pg.Sql;
import io.awa.reactive.job.JobId;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/** Schedules on one lane. Instants travel as text: the driver has no array of them. */
public final class LaneSchedules implements Schedules {

    private static final int LIST_LIMIT = 1_000;

    private final Lane lane;
    private final JobEncoder encoder;
    private final Directory directory;
    private final Scheduler scheduler;
    private final Consumer<String> stored;
    private final Expressions expressions = new Expressions();
    private final String put;
    private final String due;
    private final String fire;
    private final String trigger;
    private final String pause;
    private final String resume;
    private final String remove;
    private final String list;

    /**
     * @param lane      with durable commits
     * @param scheduler where expressions are evaluated
     * @param stored    told the queue's name after every commit that stored jobs in it
     */
    public LaneSchedules(
            Lane lane,
            JobEncoder encoder,
            Directory directory,
            SchemaSql schema,
            Scheduler scheduler,
            Consumer<String> stored) {
        this.lane = lane;
        this.encoder = encoder;
        this.directory = directory;
        this.scheduler = scheduler;
        this.stored = stored;
        this.put = schema.in("SELECT {awa}.put_schedule($1, $2, $3, $4, $5, $6, $7, $8, $9) AS answer");
        this.due = schema.in("SELECT * FROM {awa}.due_schedules()");
        this.fire = schema.in("SELECT {awa}.fire_schedule($1, $2, $3::timestamptz, $4::timestamptz[], $5::timestamptz)"
                + " AS answer");
        this.trigger = schema.in("SELECT queue, pos FROM {awa}.trigger_schedule($1)");
        this.pause = schema.in("SELECT coalesce({awa}.pause_schedule($1, $2), false) AS answer");
        this.resume = schema.in("SELECT coalesce({awa}.resume_schedule($1), false) AS answer");
        this.remove = schema.in("SELECT coalesce({awa}.remove_schedule($1), false) AS answer");
        this.list = schema.in("SELECT * FROM {awa}.list_schedules($1, $2, $3)");
    }

    @Override
    public Mono<PutOutcome> put(CronSchedule schedule) {
        return Mono.defer(() -> {
            EncodedJob job = encoder.encode(schedule.job());
            return Mono.zip(directory.lane(job.queue(), job.priority()), directory.kind(job.kind()))
                    .flatMap(ids -> lane.call(c -> Sql.row(
                            c,
                            put,
                            Sql.args(
                                    schedule.name(),
                                    schedule.expression().text(),
                                    schedule.expression().zone().getId(),
                                    schedule.missedFires().name().toLowerCase(Locale.ROOT),
                                    ids.getT1(),
                                    ids.getT2(),
                                    job.maxAttempts(),
                                    job.argsText(),
                                    textOrNull(job.extrasText())),
                            row -> PutOutcome.valueOf(row.text("answer").toUpperCase(Locale.ROOT)))));
        });
    }

    @Override
    public Mono<Boolean> remove(String name) {
        return flag(remove, name);
    }

    @Override
    public Mono<Boolean> pause(String name, String by) {
        return flag(pause, name, Checks.notNull("by", by));
    }

    @Override
    public Mono<Boolean> resume(String name) {
        return flag(resume, name);
    }

    @Override
    public Mono<JobId> trigger(String name) {
        return lane.call(c -> Sql.rows(c, trigger, Sql.args(name), row -> {
                            Long position = row.optional("pos", Long.class);
                            return position == null
                                    ? List.<Triggered>of()
                                    : List.of(new Triggered(row.text("queue"), new JobId(position)));
                        })
                        .collectList())
                .flatMapIterable(found -> found.get(0))
                .next()
                .doOnNext(job -> stored.accept(job.queue()))
                .map(Triggered::id);
    }

    @Override
    public Mono<ScheduleView> get(String name) {
        return page(Sql.args(name, textOrNull(null), 1)).next();
    }

    @Override
    public Flux<ScheduleView> list(String after, int limit) {
        return Flux.defer(() -> page(Sql.args(
                textOrNull(null), Checks.notNull("after", after), Checks.between("limit", limit, 1, LIST_LIMIT))));
    }

    @Override
    public Flux<TickOutcome> tick() {
        return lane.call(c -> Sql.rows(c, due, Sql.args(), LaneSchedules::due).collectList())
                .flatMapIterable(all -> all)
                .concatMap(
                        schedule -> Mono.defer(() -> evaluate(schedule))
                                .subscribeOn(scheduler)
                                .onErrorResume(
                                        error -> !Lane.isLost(error),
                                        error -> Mono.just(new TickOutcome.Failed(schedule.name(), error))),
                        1);
    }

    private Mono<TickOutcome> evaluate(Due schedule) {
        CronExpression expression = expressions.of(schedule.cron(), schedule.zone());
        Instant next = expression.next(schedule.after());
        return next.isAfter(schedule.now())
                ? Mono.just(new TickOutcome.Idle(schedule.name(), next))
                : fire(schedule, schedule.times(expression));
    }

    private Mono<TickOutcome> fire(Due schedule, List<Instant> times) {
        Instant last = schedule.lastFire();
        List<Object> args = Sql.args(
                schedule.name(),
                schedule.version(),
                textOrNull(last == null ? null : last.toString()),
                times.stream().map(Instant::toString).toArray(String[]::new),
                times.get(times.size() - 1).toString());
        return lane.call(c ->
                        Sql.row(c, fire, args, row -> fired(schedule, times, row.optional("answer", Long[].class))))
                .doOnNext(outcome -> {
                    if (outcome instanceof TickOutcome.Fired) {
                        stored.accept(schedule.queue());
                    }
                });
    }

    private static TickOutcome fired(Due schedule, List<Instant> times, Long @Nullable [] positions) {
        return positions == null
                ? new TickOutcome.LostRace(schedule.name())
                : new TickOutcome.Fired(
                        schedule.name(),
                        times,
                        Arrays.stream(positions).map(JobId::new).toList());
    }

    private Mono<Boolean> flag(String sql, Object... args) {
        return lane.call(c -> Sql.row(c, sql, Sql.args(args), row -> row.flag("answer")));
    }

    private Flux<ScheduleView> page(List<Object> args) {
        return lane.call(c -> Sql.rows(c, list, args, this::view).collectList()).flatMapIterable(all -> all);
    }

    private ScheduleView view(Fields row) {
        Instant pausedAt = row.time("paused_at");
        return new ScheduleView(
                row.text("name"),
                row.text("cron"),
                row.text("zone"),
                policy(row),
                row.text("queue"),
                row.integer("priority"),
                row.text("kind"),
                row.integer("max_attempts"),
                row.text("args"),
                row.optional("extras", String.class),
                row.get("created_at", Instant.class),
                row.time("last_fire"),
                pausedAt == null ? next(row) : null,
                pausedAt,
                row.optional("paused_by", String.class));
    }

    private @Nullable Instant next(Fields row) {
        try {
            return expressions.of(row.text("cron"), row.text("zone")).next(row.get("after", Instant.class));
        } catch (AwaValidationException e) {
            // Declared by a process that knows more zones, or by hand: it is shown all the same.
            return null;
        }
    }

    private static Due due(Fields row) {
        return new Due(
                row.text("name"),
                row.number("version"),
                row.text("cron"),
                row.text("zone"),
                policy(row),
                row.text("queue"),
                row.integer("args_bytes"),
                row.time("last_fire"),
                row.get("after", Instant.class),
                row.get("now", Instant.class));
    }

    private static MissedFires policy(Fields row) {
        return MissedFires.valueOf(row.text("policy").toUpperCase(Locale.ROOT));
    }

    private static Object textOrNull(@Nullable String text) {
        return text == null ? new Sql.Null(String.class) : text;
    }

    private record Triggered(String queue, JobId id) {}
}
