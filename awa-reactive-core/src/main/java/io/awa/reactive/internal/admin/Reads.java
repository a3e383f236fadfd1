package io.awa.reactive.internal.admin;

import io.awa.reactive.admin.Count;
import io.awa.reactive.admin.JobDetails;
import io.awa.reactive.admin.JobEvent;
import io.awa.reactive.admin.JobFilter;
import io.awa.reactive.admin.JobView;
import io.awa.reactive.admin.StateCount;
import io.awa.reactive.internal.SchemaSql;
import io.awa.reactive.internal.pg.Fields;
import io.awa.reactive.internal.pg.Lane;
import io.awa.reactive.internal.pg.Snapshot;
import io.awa.reactive.internal.pg.Sql;
import io.awa.reactive.job.JobId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** What operators read of jobs. */
final class Reads {

    private static final int PAGE = 100;
    private static final int EXAMINED = 1_000;
    private static final int COUNTED = 10_000;
    private static final int VOID_ANSWERS = 16;

    private final Lane lane;
    private final String job;
    private final String timeline;
    private final String jobs;
    private final String counts;
    private final String keyed;

    Reads(Lane lane, SchemaSql schema) {
        this.lane = lane;
        this.job = schema.in("SELECT * FROM {awa}.job($1)");
        this.timeline = schema.in("SELECT * FROM {awa}.timeline($1)");
        this.jobs = schema.in("SELECT * FROM {awa}.jobs($1::jsonb, $2, $3, $4)");
        this.counts = schema.in("SELECT * FROM {awa}.counts($1, $2)");
        this.keyed = schema.in("SELECT k AS job FROM {awa}.key_job($1) k WHERE k IS NOT NULL");
    }

    Mono<JobView> job(JobId id) {
        return lane.call(c -> Sql.row(c, job, Sql.args(id.value()), Reads::view));
    }

    Mono<JobDetails> details(JobId id) {
        return job(id).flatMap(view -> lane.call(c -> Sql.rows(c, timeline, Sql.args(id.value()), Reads::event)
                        .collectList())
                .map(events -> new JobDetails(view, events)));
    }

    Mono<JobId> keyed(UUID key) {
        return lane.call(c -> Sql.row(c, keyed, Sql.args(key), row -> new JobId(row.number("job"))));
    }

    Flux<JobView> jobs(JobFilter filter) {
        String json = Words.filter(filter).toString();
        return Pages.of(cursor -> lane.call(c -> Sql.rows(
                        c,
                        jobs,
                        Sql.args(json, cursor == null ? new Sql.Null(String.class) : cursor, PAGE, EXAMINED),
                        Reads::listed)
                .collectList()
                .map(Reads::page)));
    }

    // All of it in one snapshot, or a job that goes on meanwhile would be counted in no state at all.
    Flux<StateCount> counts(@Nullable String queue) {
        Object name = queue == null ? new Sql.Null(String.class) : queue;
        return lane.call(c -> Snapshot.of(
                        c,
                        Sql.rows(c, counts, Sql.args(name, COUNTED), Reads::count)
                                .collectList()))
                .filter(all -> !all.contains(Optional.<StateCount>empty()))
                .repeatWhenEmpty(VOID_ANSWERS, again -> again)
                .flatMapIterable(all -> all)
                .map(Optional::orElseThrow);
    }

    // The last row says where the next page begins, and is no job.
    private static Pages.Page<JobView> page(List<Listed> rows) {
        List<JobView> found = new ArrayList<>(rows.size());
        String next = null;
        for (Listed row : rows) {
            if (row.job() == null) {
                next = row.cursor();
            } else {
                found.add(row.job());
            }
        }
        return new Pages.Page<>(found, Pages.cursor(next));
    }

    private static Listed listed(Fields row) {
        return new Listed(
                row.optional("id", Long.class) == null ? null : view(row), row.optional("cursor", String.class));
    }

    // A row without a queue says that the answer may have met a TRUNCATE, and is void.
    private static Optional<StateCount> count(Fields row) {
        return Optional.ofNullable(row.optional("queue", String.class))
                .map(queue -> new StateCount(
                        queue, Words.state(row.text("state")), new Count(row.number("n"), row.flag("exact"))));
    }

    private static JobEvent event(Fields row) {
        return new JobEvent(
                row.time("at"),
                JobEvent.Type.valueOf(row.text("event").toUpperCase(Locale.ROOT)),
                row.optional("attempt", Integer.class),
                row.optional("worker", Integer.class),
                row.optional("detail", String.class));
    }

    private static JobView view(Fields row) {
        return new JobView(
                new JobId(row.number("id")),
                Words.state(row.text("state")),
                row.text("queue"),
                row.integer("priority"),
                row.text("kind"),
                row.integer("attempt"),
                row.integer("max_attempts"),
                row.get("available_at", Instant.class),
                row.time("due_at"),
                row.time("claimed_at"),
                row.time("ended_at"),
                row.optional("worker", Integer.class),
                row.optional("error", String.class),
                row.optional("reason", String.class),
                row.optional("progress", String.class),
                row.text("args"),
                row.optional("extras", String.class));
    }

    private record Listed(@Nullable JobView job, @Nullable String cursor) {}
}
