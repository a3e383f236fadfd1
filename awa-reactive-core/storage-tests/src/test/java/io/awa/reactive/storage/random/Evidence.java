package io.awa.reactive.storage.random;

import io.awa.reactive.testkit.HistoryChecker;
import io.awa.reactive.testkit.HistoryChecker.Token;
import io.awa.reactive.testkit.Witness;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What the {@link Witness}'s triggers saw in a storage, for those who ask while it runs. */
final class Evidence {

    private static final String POSITIONS = "(SELECT array_agg(p ORDER BY p) FROM unnest(c.members) r,"
            + " generate_series(lower(r), upper(r) - 1) p) AS positions";

    private final Storage storage;

    Evidence(Storage storage) {
        this.storage = storage;
    }

    /** The same with the witness's triggers. */
    static SqlText with(SqlText sql, int children) {
        return sql.and(Witness.sql(children));
    }

    /** Tells the checker what the triggers saw. */
    void tell(HistoryChecker history) {
        Witness witness = Witness.of(storage.postgres, storage.name);
        witness.tell(history);
        witness.tellLeft(history);
    }

    /** The claim of a nonce, if there was one. */
    @Nullable
    Taken claim(long nonce) {
        List<Taken> taken = storage.control.rows(
                storage.in("SELECT segment, lane, no, " + POSITIONS + " FROM {awa}.seen_claims c WHERE nonce = $1"),
                row -> new Taken(
                        new Token(row.number("segment"), row.integer("lane"), row.number("no"), nonce),
                        Client.longs(row.get("positions", Long[].class)),
                        null),
                nonce);
        return taken.isEmpty() ? null : taken.get(0);
    }

    /** All claims from a nonce upwards. */
    List<Taken> claimsFrom(long nonce) {
        return storage.control.rows(
                storage.in("SELECT nonce, segment, lane, no, " + POSITIONS
                        + " FROM {awa}.seen_claims c WHERE nonce >= $1"),
                row -> new Taken(
                        new Token(row.number("segment"), row.integer("lane"), row.number("no"), row.number("nonce")),
                        Client.longs(row.get("positions", Long[].class)),
                        null),
                nonce);
    }

    /** Whoever closes with a nonce from this one upwards. */
    Set<Long> closersFrom(long nonce) {
        return storage
                .control
                .rows(
                        storage.in("SELECT DISTINCT closer FROM {awa}.seen_ends WHERE closer >= $1"),
                        row -> row.number("closer"),
                        nonce)
                .stream()
                .collect(Collectors.toSet());
    }

    /** Claims of which somebody ended a member, without telling anyone else. */
    Set<Long> endedBy(Set<Long> closers) {
        record End(long nonce, long closer) {}
        return storage
                .control
                .rows(
                        storage.in("SELECT DISTINCT nonce, closer FROM {awa}.seen_ends"),
                        row -> new End(row.number("nonce"), row.number("closer")))
                .stream()
                .filter(end -> closers.contains(end.closer))
                .map(End::nonce)
                .collect(Collectors.toSet());
    }
}
