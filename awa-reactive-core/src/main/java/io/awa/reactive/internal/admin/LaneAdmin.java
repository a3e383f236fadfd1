package io.awa.reactive.internal.admin;

import io.awa.reactive.admin.Admin;
import io.awa.reactive.admin.AdminRequests;
import io.awa.reactive.admin.CancelOutcome;
import io.awa.reactive.admin.DeadLetters;
import io.awa.reactive.admin.DeleteOutcome;
import io.awa.reactive.admin.Destination;
import io.awa.reactive.admin.EndedTotal;
import io.awa.reactive.admin.JobDetails;
import io.awa.reactive.admin.JobFilter;
import io.awa.reactive.admin.JobView;
import io.awa.reactive.admin.KeyedJob;
import io.awa.reactive.admin.Leader;
import io.awa.reactive.admin.MoveOutcome;
import io.awa.reactive.admin.QueueAdmin;
import io.awa.reactive.admin.RequestId;
import io.awa.reactive.admin.RequestState;
import io.awa.reactive.admin.RetryOptions;
import io.awa.reactive.admin.RetryOutcome;
import io.awa.reactive.admin.StateCount;
import io.awa.reactive.internal.Checks;
import io.awa.reactive.internal.SchemaSql;
import io.awa.reactive.internal.json.JobEncoder;
import io.awa.reactive.internal.pg.Fields;
import io.awa.reactive.internal.pg.Lane;
import io.awa.reactive.internal.pg.Sql;
import io.awa.reactive.job.Job;
import io.awa.reactive.job.JobId;
import io.r2dbc.spi.Connection;
import java.time.Duration;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Administration on one lane. */
public final class LaneAdmin implements Admin {

    private final Lane lane;
    private final JobEncoder encoder;
    private final Reads reads;
    private final Actions actions;
    private final DeadLetters deadLetters;
    private final LaneQueue.Statements queues;
    private final String request;
    private final String state;
    private final String leader;
    private final String ended;

    /** @param lane with durable commits */
    public LaneAdmin(Lane lane, SchemaSql schema, JobEncoder encoder) {
        this.lane = lane;
        this.encoder = encoder;
        this.reads = new Reads(lane, schema);
        this.actions = new Actions(lane, schema);
        this.deadLetters = new LaneDeadLetters(reads, actions);
        this.queues = new LaneQueue.Statements(schema);
        this.request = schema.in("SELECT {awa}.request($1::json) AS answer");
        this.state =
                schema.in("SELECT s AS answer, CASE WHEN s = 'refused' THEN {awa}.request_problem($1) END AS problem"
                        + " FROM {awa}.request_state($1) s WHERE s IS NOT NULL");
        this.leader = schema.in("SELECT * FROM {awa}.leader_state()");
        this.ended = schema.in("SELECT queue, outcome::text AS outcome, n FROM {awa}.ended_totals()");
    }

    @Override
    public Mono<JobView> job(JobId id) {
        return reads.job(id);
    }

    @Override
    public Mono<JobDetails> details(JobId id) {
        return reads.details(id);
    }

    @Override
    public KeyedJob keyed(UUID key) {
        return new FoundByKey(this, reads.keyed(Checks.notNull("key", key)));
    }

    @Override
    public KeyedJob keyed(Job<?> job) {
        return keyed(encoder.key(Checks.notNull("job", job)));
    }

    @Override
    public Flux<JobView> jobs(JobFilter filter) {
        return reads.jobs(filter);
    }

    @Override
    public Flux<StateCount> counts(@Nullable String queue) {
        return reads.counts(queue);
    }

    @Override
    public Mono<CancelOutcome> cancel(JobId id, @Nullable String reason) {
        return actions.one("cancel", id, Words.reason(reason)).map(Acted::cancelled);
    }

    @Override
    public Flux<CancelOutcome> cancelAll(JobFilter filter, @Nullable String reason) {
        return actions.all("cancel", Words.or(filter, Words.CANCELLED), Words.reason(reason))
                .map(Acted::cancelled);
    }

    @Override
    public Mono<RetryOutcome> retry(JobId id, RetryOptions options) {
        return actions.one("retry", id, Words.retry(options)).map(Acted::retried);
    }

    @Override
    public Flux<RetryOutcome> retryAll(JobFilter filter, RetryOptions options) {
        return actions.all("retry", Words.or(filter, Words.RETRIED), Words.retry(options))
                .map(Acted::retried);
    }

    @Override
    public Mono<DeleteOutcome> delete(JobId id) {
        return actions.one("delete", id, Words.none()).map(Acted::deleted);
    }

    @Override
    public Flux<DeleteOutcome> deleteAll(JobFilter filter) {
        return actions.all("delete", Words.or(filter, Words.DELETED), Words.none())
                .map(Acted::deleted);
    }

    @Override
    public Mono<MoveOutcome> move(JobId id, Destination destination) {
        return actions.one("move", id, Words.move(destination)).map(Acted::moved);
    }

    // A job that was moved into a lane still to be walked is met there again, and stays.
    @Override
    public Flux<MoveOutcome> moveAll(JobFilter filter, Destination destination) {
        return actions.all("move", Words.or(filter, Words.MOVED), Words.move(destination))
                .map(Acted::moved)
                .filter(outcome -> !(outcome instanceof MoveOutcome.AlreadyThere));
    }

    @Override
    public AdminRequests on(Connection connection) {
        return new BorrowedRequests(Checks.notNull("connection", connection), request, encoder);
    }

    @Override
    public Mono<RequestState> request(RequestId id) {
        return lane.call(c -> Sql.row(c, state, Sql.args(id.value()), LaneAdmin::stands));
    }

    private static RequestState stands(Fields row) {
        return switch (row.text("answer")) {
            case "pending" -> new RequestState.Pending();
            case "applied" -> new RequestState.Applied();
            default -> new RequestState.Refused(row.text("problem"));
        };
    }

    @Override
    public Mono<Leader> leader() {
        return lane.call(c -> Sql.row(
                c,
                leader,
                Sql.args(),
                row -> new Leader(
                        row.number("epoch"),
                        row.optional("pid", Integer.class),
                        row.optional("name", String.class),
                        Duration.ofMillis(row.number("silent_ms")))));
    }

    @Override
    public Flux<EndedTotal> endedTotals() {
        return lane.call(c -> Sql.rows(
                                c,
                                ended,
                                Sql.args(),
                                row -> new EndedTotal(
                                        row.text("queue"), Words.how(row.text("outcome")), row.number("n")))
                        .collectList())
                .flatMapIterable(all -> all);
    }

    @Override
    public DeadLetters deadLetters() {
        return deadLetters;
    }

    @Override
    public QueueAdmin queue(String name) {
        return new LaneQueue(lane, queues, Checks.notNull("queue", name));
    }
}
