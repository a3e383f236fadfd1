package io.awa.reactive.engine;

import io.awa.reactive.internal.SchemaSql;
import io.awa.reactive.internal.pg.Fields;
import io.awa.reactive.internal.pg.Lane;
import io.awa.reactive.internal.pg.Sql;
import java.util.List;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Ending members of claims, on one connection: one statement a call, whatever the number of members and claims. Results
 * arrive on the driver's event loop. Cancelling a subscriber does not undo a call.
 *
 * <p>A call is named by its closer nonce. Sent again with the same nonce after its answer was lost, it counts what it
 * ended the first time as accepted.
 */
public final class Closures {

    private final Lane lane;
    private final String close;
    private final String closeWith;
    private final String release;

    Closures(Lane lane, SchemaSql schema) {
        this.lane = lane;
        this.close = schema.in("SELECT item, accepted, again FROM {awa}.close($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, "
                + "$11, $12, $13)");
        this.closeWith = schema.in("SELECT item, accepted, again FROM {awa}.close_with($1, $2, $3, $4, $5, $6, $7, $8, "
                + "$9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24)");
        this.release = schema.in("SELECT item, accepted, again FROM {awa}.release($1, $2, $3, $4, $5, $6)");
    }

    /**
     * Ends members. The answer is parallel to {@code settlements}: true where this closer ended the member, false where
     * the token was stale. Of two settlements of one member in a call, the first counts and the second is stale.
     *
     * @param closer never used before, except by an earlier try of this very call
     */
    public Mono<boolean[]> close(long closer, List<Settlement> settlements) {
        return close(closer, settlements, i -> null);
    }

    /**
     * Ends members as {@link #close(long, List)} does, and stores jobs with those that this call ends.
     *
     * @param followUps the jobs of the settlement at an index; null where there are none
     */
    public Mono<boolean[]> close(
            long closer, List<Settlement> settlements, IntFunction<@Nullable FollowUps> followUps) {
        ClosureBatch batch = ClosureBatch.of(settlements, followUps);
        boolean[] accepted = new boolean[settlements.size()];
        return close(closer, batch, accepted).thenReturn(accepted);
    }

    /**
     * Gives members back that were never started: place and attempt are kept. Same answer as {@link #close}.
     *
     * @param members named by claim and ordinal; what else is said of their ends is not read
     */
    public Mono<boolean[]> release(long closer, List<Settlement> members) {
        boolean[] accepted = new boolean[members.size()];
        return members.isEmpty()
                ? Mono.just(accepted)
                : release(closer, ClosureBatch.of(members, i -> null), accepted).thenReturn(accepted);
    }

    /** Closes the connection. */
    public Mono<Void> close() {
        return lane.close();
    }

    // A rival came between: the rest goes into a new transaction, since a loop in the first one could deadlock.
    private Mono<Void> close(long closer, ClosureBatch batch, boolean[] accepted) {
        List<Object> args = batch.closeArgs(closer);
        FollowUps.Rows followUps = batch.followUps();
        if (!followUps.isEmpty()) {
            followUps.addTo(args, true);
        }
        return call(followUps.isEmpty() ? close : closeWith, args, batch, accepted)
                .flatMap(rest -> rest.isEmpty() ? Mono.empty() : close(closer, rest, accepted));
    }

    private Mono<Void> release(long closer, ClosureBatch batch, boolean[] accepted) {
        return call(release, batch.releaseArgs(closer), batch, accepted)
                .flatMap(rest -> rest.isEmpty() ? Mono.empty() : release(closer, rest, accepted));
    }

    private Mono<ClosureBatch> call(String sql, List<Object> args, ClosureBatch batch, boolean[] accepted) {
        return lane.call(connection ->
                        Sql.rows(connection, sql, args, Closures::answer).collectList())
                .map(answers -> batch.apply(answers, accepted));
    }

    private static ClosureBatch.Answer answer(Fields row) {
        return new ClosureBatch.Answer(row.integer("item") - 1, row.text("accepted"), row.flag("again"));
    }
}
