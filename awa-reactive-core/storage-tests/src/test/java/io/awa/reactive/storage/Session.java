package io.awa.reactive.storage;

import io.awa.reactive.testkit.AwaPostgres;
import io.r2dbc.postgresql.api.PostgresqlConnection;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** A connection with its search path set to the schema, and the protocols as methods. */
final class Session extends Link {

    private static final AtomicLong NONCES = new AtomicLong(1_000);

    private Session(PostgresqlConnection connection) {
        super(connection);
    }

    static Session open(AwaPostgres postgres, String schema) {
        PostgresqlConnection connection = postgres.connections().create().block(PATIENCE);
        Session session = new Session(Objects.requireNonNull(connection));
        session.run("set search_path to \"" + schema + "\"");
        return session;
    }

    static long nonce() {
        return NONCES.incrementAndGet();
    }

    // --- transactions

    void begin() {
        run("begin isolation level read committed");
    }

    void begin(String isolation) {
        run("begin isolation level " + isolation);
        run("select 1");
    }

    void commit() {
        run("commit");
    }

    void rollback() {
        run("rollback");
    }

    // --- the protocols, on queue 1 and lane 1 unless said otherwise

    /** Enqueues n jobs; answers their places in the lane. */
    List<Integer> enqueue(int n) {
        return Taken.seqs(put(1, n));
    }

    List<Long> put(int lane, int n) {
        return put(IntStream.range(0, n).map(i -> lane).toArray());
    }

    List<Long> put(int... lanes) {
        return row("select " + enqueueCall(lanes) + " as answer").longs("answer");
    }

    static String enqueueCall(int... lanes) {
        String each = Arrays.stream(lanes).mapToObj(lane -> "'{}'").collect(Collectors.joining(","));
        return "enqueue(array" + Arrays.toString(lanes) + ", array[1], array[25], array[" + each + "], null)";
    }

    Taken claim(int n) {
        return claim(1, n, nonce());
    }

    Taken claim(int queue, int n, long nonce) {
        return Taken.of(row(claimCall(queue, n, nonce)), nonce, false);
    }

    static String claimCall(int queue, int n, long nonce) {
        return "select * from claim(" + queue + ", " + n + ", 1, " + nonce + ")";
    }

    /** Claims until nothing is there; answers the places of all that came, in order. */
    List<Integer> claimAll() {
        return Stream.generate(() -> claim(100))
                .limit(5_000)
                .takeWhile(taken -> !taken.status().equals("empty"))
                .flatMap(taken -> taken.seqs().stream())
                .toList();
    }

    Map<Integer, Answer> close(long closer, Item... items) {
        return answers(rows(Item.close(closer, List.of(items))));
    }

    Answer close(Item item) {
        return close(nonce(), item).getOrDefault(1, Answer.STALE);
    }

    Answer complete(Taken claim) {
        return close(Item.completed(claim));
    }

    Map<Integer, Answer> release(long closer, Item... items) {
        return answers(rows(Item.release(closer, List.of(items))));
    }

    Answer release(Taken claim, int... ordinals) {
        String members = ordinals.length == 0 ? claim.all() : claim.bits(ordinals);
        return release(nonce(), new Item(claim, members, "r")).getOrDefault(1, Answer.STALE);
    }

    static Map<Integer, Answer> answers(List<Row> rows) {
        return rows.stream().collect(Collectors.toMap(row -> (int) row.number("item"), Answer::of));
    }

    /** Cancels by place in lane 1; answers the places that were cancelled. */
    List<Integer> cancel(int... seqs) {
        return Taken.seqs(row(cancelCall(seqs)).longs("answer"));
    }

    static String cancelCall(int... seqs) {
        String positions = Arrays.stream(seqs)
                .mapToObj(seq -> String.valueOf(1L << 41 | seq))
                .collect(Collectors.joining(",", "array[", "]::bigint[]"));
        return "select cancel(" + positions + ", " + nonce() + ") as answer";
    }

    // --- maintenance

    String rotate() {
        String registered = text("select register()");
        return registered.equals("Registered") ? text("select move()") : registered;
    }

    String seal(long segment) {
        return row("select * from seal(" + segment + ")").text("outcome");
    }

    String finish(long segment) {
        Row row = row("select * from finish(" + segment + ", '{}', '{}')");
        return row.isNull("reason") ? row.text("outcome") : row.text("reason");
    }

    String prune(long segment) {
        return row("select * from prune(" + segment + ", interval '0')").text("outcome");
    }

    String exhaust(int lane) {
        return text("select exhaust(" + lane + ", " + nonce() + ")");
    }

    /** Seals, exhausts, finishes and prunes a segment of lane 1 that has nothing live. */
    String reclaim(long segment) {
        String sealed = seal(segment);
        if (sealed.equals("Blocked")) {
            return sealed;
        }
        exhaust(1);
        String finished = finish(segment);
        return finished.equals("Finished") ? prune(segment) : finished;
    }
}
