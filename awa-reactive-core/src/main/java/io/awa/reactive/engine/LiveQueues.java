package io.awa.reactive.engine;

import io.awa.reactive.admin.RateLimit;
import io.awa.reactive.internal.SchemaSql;
import io.awa.reactive.internal.pg.Fields;
import io.awa.reactive.internal.pg.Lane;
import io.awa.reactive.internal.pg.Sql;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Settings of queues that change while they are worked, and tokens of rate limits that all processes share. Results arrive
 * on the driver's event loop.
 */
public final class LiveQueues {

    private final Lane lane;
    private final String settings;
    private final String lease;

    LiveQueues(Lane lane, SchemaSql schema) {
        this.lane = lane;
        this.settings = schema.in("SELECT * FROM {awa}.live_settings($1)");
        this.lease = schema.in("SELECT * FROM {awa}.lease_tokens($1, $2, $3, $4)");
    }

    /** What the database says of these queues; those it does not know are absent. */
    public Mono<List<Setting>> settings(Collection<Integer> queues) {
        return lane.call(connection -> Sql.rows(
                        connection, settings, Sql.args((Object) queues.toArray(Integer[]::new)), LiveQueues::setting)
                .collectList());
    }

    /**
     * Takes tokens, or brings unused ones back. After a lost answer they are spent.
     *
     * @param wishes no queue twice
     */
    public Flux<Lease> lease(List<Wish> wishes) {
        return lane.call(connection -> Sql.rows(
                                connection,
                                lease,
                                Sql.args(
                                        wishes.stream().map(Wish::queue).toArray(Integer[]::new),
                                        wishes.stream()
                                                .map(wish -> wish.limit().perSecond())
                                                .toArray(Double[]::new),
                                        wishes.stream()
                                                .map(wish -> wish.limit().burst())
                                                .toArray(Integer[]::new),
                                        wishes.stream().map(Wish::tokens).toArray(Integer[]::new)),
                                row -> new Lease(row.integer("queue"), row.integer("granted"), row.number("next_us")))
                        .collectList())
                .flatMapIterable(all -> all);
    }

    private static Setting setting(Fields row) {
        Double rate = row.optional("rate", Double.class);
        return new Setting(
                row.integer("queue"),
                row.optional("workers", Integer.class),
                rate == null ? null : new RateLimit(rate, row.integer("rate_burst"), row.flag("rate_fleet")));
    }

    /**
     * What the database says of a queue.
     *
     * @param queue   its number
     * @param workers handlers at once in each process; null: nothing
     * @param limit   its rate limit; null: nothing
     */
    public record Setting(
            int queue, @Nullable Integer workers, @Nullable RateLimit limit) {}

    /**
     * Tokens wanted.
     *
     * @param queue  its number
     * @param limit  its limit
     * @param tokens how many; negative: so many are brought back
     */
    public record Wish(int queue, RateLimit limit, int tokens) {}

    /**
     * Tokens taken.
     *
     * @param queue      its number
     * @param tokens     how many; negative: so many were brought back
     * @param nextMicros where they were fewer than wanted: microseconds until there is one
     */
    public record Lease(int queue, int tokens, long nextMicros) {}
}
