package io.awa.reactive.engine;

import io.awa.reactive.internal.SchemaSql;
import io.awa.reactive.internal.pg.Fields;
import io.awa.reactive.internal.pg.Lane;
import io.awa.reactive.internal.pg.Sql;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Attempts that stand in the store by a lease: their ends, progress and callbacks, on one connection, one statement a
 * call. Results arrive on the driver's event loop. Cancelling a subscriber does not undo a call. Calls with a closer are
 * named by it, as those of {@link Closures}.
 */
public final class HeldAttempts {

    private final Lane lane;
    private final String settle;
    private final String settleWith;
    private final String report;
    private final String standing;
    private final String register;

    HeldAttempts(Lane lane, SchemaSql schema) {
        this.lane = lane;
        this.settle = schema.in("SELECT item, accepted, again FROM {awa}.settle($1, $2, $3, $4, $5)");
        this.settleWith = schema.in(
                "SELECT item, accepted, again FROM {awa}.settle_with($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, "
                        + "$12, $13, $14, $15)");
        this.report = schema.in("SELECT {awa}.report($1, $2, $3) AS answer");
        this.standing = schema.in("SELECT lease, state::text AS state, timed_out, result FROM {awa}.waits($1)");
        this.register = schema.in("SELECT token, again FROM {awa}.register_callback($1, $2)");
    }

    /**
     * Ends attempts, or parks them. The answer is parallel to {@code ends}: true where this closer did it, false where
     * the lease was stale.
     *
     * @param closer never used before, except by an earlier try of this very call
     */
    public Mono<boolean[]> settle(long closer, List<HeldEnd> ends) {
        boolean[] accepted = new boolean[ends.size()];
        List<Integer> all = new ArrayList<>();
        for (int i = 0; i < accepted.length; i++) {
            all.add(i);
        }
        return settle(closer, ends, all, accepted).thenReturn(accepted);
    }

    // Who met a rival is sent again in a new transaction: the attempt may stand elsewhere by then.
    private Mono<Void> settle(long closer, List<HeldEnd> ends, List<Integer> indexes, boolean[] accepted) {
        if (indexes.isEmpty()) {
            return Mono.empty();
        }
        List<HeldEnd> chosen = indexes.stream().map(ends::get).toList();
        List<Object> args = new ArrayList<>();
        args.add(chosen.stream().map(HeldEnd::lease).toArray(Long[]::new));
        args.add(chosen.stream().map(end -> String.valueOf(end.ending().code())).toArray(String[]::new));
        args.add(chosen.stream().map(end -> Sides.millis(end.delay())).toArray(Long[]::new));
        args.add(chosen.stream().map(HeldAttempts::detail).toArray(String[]::new));
        args.add(closer);
        FollowUps.Rows followUps = new FollowUps.Rows();
        for (int i = 0; i < chosen.size(); i++) {
            followUps.add(i + 1, 0, chosen.get(i).followUps());
        }
        if (!followUps.isEmpty()) {
            followUps.addTo(args, false);
        }
        return lane.call(connection -> Sql.rows(
                                connection, followUps.isEmpty() ? settle : settleWith, args, HeldAttempts::answer)
                        .collectList())
                .flatMap(answers -> {
                    List<Integer> rest = new ArrayList<>();
                    for (Answer answer : answers) {
                        int index = indexes.get(answer.item);
                        accepted[index] |= answer.accepted;
                        if (answer.again) {
                            rest.add(index);
                        }
                    }
                    return settle(closer, ends, rest, accepted);
                });
    }

    /**
     * Stores what attempts reported last.
     *
     * @return the leases that stand; a report of another one was of no use
     */
    public Mono<List<Long>> report(List<Report> reports) {
        Long[] leases = reports.stream().map(Report::lease).toArray(Long[]::new);
        Long[] seqs = reports.stream().map(Report::seq).toArray(Long[]::new);
        String[] bodies = reports.stream().map(r -> r.body().json()).toArray(String[]::new);
        return lane.call(connection -> Sql.row(
                connection, report, Sql.args(leases, seqs, bodies), row -> List.of(row.get("answer", Long[].class))));
    }

    /** Where attempts stand, or how they ended, by lease; absent means ended, and its trace is gone. */
    public Mono<Map<Long, Standing>> standing(Collection<Long> leases) {
        return lane.call(connection -> Sql.rows(
                        connection,
                        standing,
                        Sql.args((Object) leases.toArray(Long[]::new)),
                        row -> Map.entry(
                                row.number("lease"),
                                new Standing(
                                        row.optional("state", String.class),
                                        row.flag("timed_out"),
                                        row.optional("result", String.class))))
                .collectMap(Map.Entry::getKey, Map.Entry::getValue));
    }

    /** A fresh token for a held attempt that runs, in place of an earlier one; empty where the lease is stale. */
    public Mono<UUID> register(long lease, long closer) {
        return this.lane
                .call(connection -> Sql.row(connection, register, Sql.args(lease, closer), HeldAttempts::registered))
                .flatMap(found -> found.again ? register(lease, closer) : Mono.justOrEmpty(found.token));
    }

    /** Closes the connection. */
    public Mono<Void> close() {
        return lane.close();
    }

    private static @Nullable String detail(HeldEnd end) {
        return Optional.ofNullable(end.detail()).map(Detail::json).orElse(null);
    }

    private static Answer answer(Fields row) {
        return new Answer(row.integer("item") - 1, row.flag("accepted"), row.flag("again"));
    }

    private static Registered registered(Fields row) {
        return new Registered(Optional.ofNullable(row.optional("token", UUID.class)), row.flag("again"));
    }

    /**
     * What an attempt reported.
     *
     * @param lease names the attempt
     * @param seq   ascends with what is newer
     * @param body  all of it
     */
    public record Report(long lease, long seq, Progress body) {}

    /**
     * Where an attempt stands.
     *
     * @param state    {@code h} or {@code w} where it stands; null: it has ended
     * @param timedOut whether it ended because its callback did not come in time
     * @param result   what the callback brought as JSON; null before it came
     */
    public record Standing(
            @Nullable String state,
            boolean timedOut,
            @Nullable String result) {

        /** Ended, and nobody knows how. */
        public static final Standing ENDED = new Standing(null, false, null);

        /** Whether it has not ended. */
        public boolean live() {
            return state != null;
        }

        /** Whether it waits for its callback. */
        public boolean parked() {
            return "w".equals(state);
        }
    }

    private record Answer(int item, boolean accepted, boolean again) {}

    private record Registered(Optional<UUID> token, boolean again) {}
}
