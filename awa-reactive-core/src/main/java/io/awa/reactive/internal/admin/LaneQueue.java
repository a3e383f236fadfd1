package io.awa.reactive.internal.admin;

import io.awa.reactive.admin.QueueAdmin;
import io.awa.reactive.admin.QueueDepth;
import io.awa.reactive.admin.QueueOverview;
import io.awa.reactive.admin.QueueSettings;
import io.awa.reactive.admin.RateLimit;
import io.awa.reactive.internal.SchemaSql;
import io.awa.reactive.internal.pg.Fields;
import io.awa.reactive.internal.pg.Lane;
import io.awa.reactive.internal.pg.Sql;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** One queue. */
final class LaneQueue implements QueueAdmin {

    private final Lane lane;
    private final Statements sql;
    private final String name;

    LaneQueue(Lane lane, Statements sql, String name) {
        this.lane = lane;
        this.sql = sql;
        this.name = name;
    }

    @Override
    public Mono<Boolean> pause(String by) {
        return lane.call(c -> Sql.row(c, sql.pause, Sql.args(name, by), row -> row.flag("answer")));
    }

    @Override
    public Mono<Boolean> resume() {
        return lane.call(c -> Sql.row(c, sql.resume, Sql.args(name), row -> row.flag("answer")));
    }

    @Override
    public Mono<QueueSettings> settings() {
        return lane.call(c -> Sql.row(c, sql.settings, Sql.args(name), LaneQueue::settingsOf));
    }

    @Override
    public Mono<Void> settings(QueueSettings to) {
        Duration deadline = to.deadline();
        RateLimit rate = to.rateLimit();
        return lane.call(c -> Sql.row(
                        c,
                        sql.set,
                        Sql.args(
                                name,
                                to.deadLetters(),
                                to.backoff().toMillis(),
                                to.backoffMax().toMillis(),
                                deadline == null ? new Sql.Null(Long.class) : deadline.toMillis(),
                                to.keepFailed().toMillis(),
                                to.keepDead().toMillis(),
                                to.keepCancelled().toMillis(),
                                to.aging().toMillis(),
                                orNull(to.workers(), Integer.class),
                                orNull(rate == null ? null : rate.perSecond(), Double.class),
                                orNull(rate == null ? null : rate.burst(), Integer.class),
                                orNull(rate == null ? null : rate.fleet(), Boolean.class),
                                to.keyLimit()),
                        row -> row.flag("answer")))
                .then();
    }

    @Override
    public Flux<QueueDepth> depth() {
        return lane.call(c -> Sql.rows(c, sql.depth, Sql.args(name), LaneQueue::depthOf)
                        .collectList())
                .flatMapIterable(all -> all);
    }

    @Override
    public Mono<QueueOverview> overview() {
        return lane.call(c -> Sql.row(c, sql.flow, Sql.args(name), LaneQueue::overviewOf));
    }

    private static QueueDepth depthOf(Fields row) {
        return new QueueDepth(row.integer("priority"), row.number("depth"), waited(row));
    }

    private static QueueOverview overviewOf(Fields row) {
        long depth = row.number("depth");
        double rate = row.number("ended") * 1e6 / row.number("window_us");
        Duration drain = depth == 0 ? Duration.ZERO : rate == 0 ? null : Duration.ofMillis((long) (depth / rate * 1e3));
        return new QueueOverview(depth, waited(row), rate, drain);
    }

    private static @Nullable Duration waited(Fields row) {
        Long head = row.optional("head_us", Long.class);
        return head == null || head == 0 ? null : Duration.ofNanos(Math.max(0, row.number("now_us") - head) * 1_000);
    }

    private static QueueSettings settingsOf(Fields row) {
        Long deadline = row.optional("deadline_ms", Long.class);
        return new QueueSettings(
                row.flag("dead_letter"),
                Duration.ofMillis(row.number("backoff_ms")),
                Duration.ofMillis(row.number("backoff_max_ms")),
                deadline == null ? null : Duration.ofMillis(deadline),
                Duration.ofMillis(row.number("keep_failed_ms")),
                Duration.ofMillis(row.number("keep_dead_ms")),
                Duration.ofMillis(row.number("keep_cancelled_ms")),
                Duration.ofMillis(row.number("aging_ms")),
                row.optional("workers", Integer.class),
                rateOf(row),
                row.integer("key_limit"));
    }

    private static @Nullable RateLimit rateOf(Fields row) {
        Double rate = row.optional("rate", Double.class);
        return rate == null ? null : new RateLimit(rate, row.integer("rate_burst"), row.flag("rate_fleet"));
    }

    private static Object orNull(@Nullable Object value, Class<?> type) {
        return value == null ? new Sql.Null(type) : value;
    }

    /** The texts, made once for all queues. */
    static final class Statements {

        private final String pause;
        private final String resume;
        private final String settings;
        private final String set;
        private final String depth;
        private final String flow;

        Statements(SchemaSql schema) {
            pause = schema.in("SELECT coalesce({awa}.pause($1, $2), false) AS answer");
            resume = schema.in("SELECT coalesce({awa}.resume($1), false) AS answer");
            settings = schema.in("SELECT * FROM {awa}.queue_settings($1)");
            set = schema.in(
                    "SELECT {awa}.set_queue($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) AS answer");
            depth = schema.in("SELECT priority, depth, head_us, "
                    + "(date_part('epoch', clock_timestamp()) * 1e6)::bigint AS now_us FROM {awa}.depth($1)");
            flow = schema.in("SELECT * FROM {awa}.flow($1)");
        }
    }
}
