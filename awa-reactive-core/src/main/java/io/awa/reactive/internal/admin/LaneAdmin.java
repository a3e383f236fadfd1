package io.awa.reactive.internal.admin;

import io.awa.reactive.admin.Admin;
import io.awa.reactive.admin.CancelOutcome;
import io.awa.reactive.admin.JobState;
import io.awa.reactive.admin.JobView;
import io.awa.reactive.admin.QueueDepth;
import io.awa.reactive.internal.SchemaSql;
import io.awa.reactive.internal.pg.Fields;
import io.awa.reactive.internal.pg.Lane;
import io.awa.reactive.internal.pg.Sql;
import io.awa.reactive.job.JobId;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Administration on one lane. */
public final class LaneAdmin implements Admin {

    private final Lane lane;
    private final String job;
    private final String cancel;
    private final String pause;
    private final String resume;
    private final String depth;

    /** @param lane with durable commits */
    public LaneAdmin(Lane lane, SchemaSql schema) {
        this.lane = lane;
        this.job = schema.in("SELECT * FROM {awa}.job($1)");
        this.cancel = schema.in("SELECT {awa}.cancel($1, $2) AS answer");
        this.pause = schema.in("SELECT coalesce({awa}.pause($1, $2), false) AS answer");
        this.resume = schema.in("SELECT coalesce({awa}.resume($1), false) AS answer");
        this.depth = schema.in("SELECT priority, depth, head_us, "
                + "(date_part('epoch', clock_timestamp()) * 1e6)::bigint AS now_us FROM {awa}.depth($1)");
    }

    @Override
    public Mono<JobView> job(JobId id) {
        return lane.call(c -> Sql.row(c, job, Sql.args(id.value()), row -> view(id, row)));
    }

    @Override
    public Mono<CancelOutcome> cancel(JobId id) {
        return lane.call(c -> Sql.row(
                        c, cancel, Sql.args(new Long[] {id.value()}, 0L), row -> row.get("answer", Long[].class)))
                .flatMap(done -> done.length == 1 ? Mono.just(new CancelOutcome.Cancelled(id)) : refused(id));
    }

    @Override
    public Mono<Boolean> pause(String queue, String by) {
        return lane.call(c -> Sql.row(c, pause, Sql.args(queue, by), row -> row.flag("answer")));
    }

    @Override
    public Mono<Boolean> resume(String queue) {
        return lane.call(c -> Sql.row(c, resume, Sql.args(queue), row -> row.flag("answer")));
    }

    @Override
    public Flux<QueueDepth> depth(String queue) {
        return lane.call(c ->
                        Sql.rows(c, depth, Sql.args(queue), LaneAdmin::depthOf).collectList())
                .flatMapIterable(all -> all);
    }

    private Mono<CancelOutcome> refused(JobId id) {
        return job(id).<CancelOutcome>map(found -> new CancelOutcome.NotAvailable(id, found.state()))
                .defaultIfEmpty(new CancelOutcome.Unknown(id));
    }

    private static QueueDepth depthOf(Fields row) {
        Long head = row.optional("head_us", Long.class);
        long now = row.number("now_us");
        return new QueueDepth(
                row.integer("priority"),
                row.number("depth"),
                head == null || head == 0 ? null : Duration.ofNanos(Math.max(0, now - head) * 1_000));
    }

    private static JobView view(JobId id, Fields row) {
        return new JobView(
                id,
                JobState.valueOf(row.text("state").toUpperCase(Locale.ROOT)),
                row.text("queue"),
                row.integer("priority"),
                row.text("kind"),
                row.integer("attempt"),
                row.integer("max_attempts"),
                row.get("available_at", Instant.class),
                row.time("claimed_at"),
                row.time("ended_at"),
                row.optional("error", String.class),
                row.text("args"),
                row.optional("extras", String.class));
    }
}
