package io.awa.reactive.storage.random;

import io.awa.reactive.internal.pg.Fields;
import io.awa.reactive.internal.pg.Sql;
import io.awa.reactive.internal.pg.SqlState;
import io.awa.reactive.testkit.HistoryChecker;
import io.awa.reactive.testkit.HistoryChecker.Cancelling;
import io.awa.reactive.testkit.HistoryChecker.Claiming;
import io.awa.reactive.testkit.HistoryChecker.End;
import io.awa.reactive.testkit.HistoryChecker.Member;
import io.awa.reactive.testkit.HistoryChecker.Settling;
import io.awa.reactive.testkit.HistoryChecker.Storing;
import io.awa.reactive.testkit.HistoryChecker.Token;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/** The SQL functions with their facts recorded around them. Stateless but for the history; any thread, any session. */
final class Client {

    final Storage storage;
    final HistoryChecker history;
    /** Held attempts that somebody was told to have, for whoever comes first. */
    final Queue<Long> leases = new ConcurrentLinkedQueue<>();

    /** The process that claims; 0 where nobody would rescue it. */
    volatile int worker;

    private final String enqueue;
    private final int kind;

    Client(Storage storage, HistoryChecker history) {
        this.storage = storage;
        this.history = history;
        this.kind = storage.kind("k");
        this.enqueue = storage.in("SELECT {awa}.enqueue($1, $2, $3, $4, $5) AS answer");
    }

    /** In the session's transaction; the caller records its commit. */
    long[] enqueue(Session session, Integer... lanes) {
        String[] args = new String[lanes.length];
        Arrays.fill(args, "{}");
        return longs(session.row(
                enqueue,
                row -> row.get("answer", Long[].class),
                lanes,
                new Integer[] {kind},
                new Integer[] {25},
                args,
                new Sql.Null(String[].class)));
    }

    /** A statement of its own that stores and commits. */
    long[] store(Session session, Integer... lanes) {
        Storing storing = history.commitRequested();
        long[] ids = enqueue(session, lanes);
        storing.answered(ids);
        return ids;
    }

    void commit(Session session, long... ids) {
        Storing storing = history.commitRequested(ids);
        session.run("COMMIT");
        storing.answered();
    }

    int kind() {
        return kind;
    }

    /** A claim that is its own transaction; null where it took nothing. */
    @Nullable
    Taken claim(Session session, int queue, int n, long nonce) {
        return claim(session, "claim", queue, n, nonce);
    }

    @Nullable
    Taken claim(Session session, String function, int queue, int n, long nonce) {
        Claiming claiming = history.claimBegun();
        Taken taken = ask(session, function, queue, n, nonce);
        answered(claiming, taken);
        return taken;
    }

    static void answered(Claiming claiming, @Nullable Taken taken) {
        if (taken == null) {
            claiming.nothing();
        } else {
            claiming.answered(taken.token, taken.positions);
        }
    }

    /** The bare call; {@code again} is repeated where the session is in no transaction of its own. */
    @Nullable
    Taken ask(Session session, String function, int queue, int n, long nonce) {
        return ask(session, function, queue, n, nonce, worker);
    }

    @Nullable
    Taken ask(Session session, String function, int queue, int n, long nonce, int worker) {
        return session.row(
                        storage.in("SELECT status, segment, lane, no, positions, meta FROM {awa}." + function
                                + "($1, $2, $4, $3)"),
                        row -> taken(row, nonce),
                        queue,
                        n,
                        nonce,
                        worker)
                .orNull();
    }

    @Nullable
    Taken replay(Session session, int queue, long nonce) {
        return session.row(
                        storage.in("SELECT segment, lane, no, positions, meta FROM {awa}.replay($1, $2)"),
                        row -> taken(row, nonce),
                        queue,
                        nonce)
                .orNull();
    }

    /** Closes until no rival is left; each try is a transaction. */
    boolean[] close(Session session, String begin, long closer, List<Item> items) {
        Settling settling = history.settleSent(closer, members(items));
        boolean[] accepted = new boolean[size(items)];
        List<Integer> left = new ArrayList<>();
        for (int i = 0; i < items.size(); i++) {
            left.add(i);
        }
        for (boolean first = true; !left.isEmpty(); first = false) {
            try {
                if (!begin.isEmpty()) {
                    session.run(begin);
                }
                List<Answer> answers = closeOnce(session, closer, items, left);
                if (!begin.isEmpty()) {
                    session.run("COMMIT");
                }
                left = note(items, left, answers, accepted);
            } catch (RuntimeException e) {
                if (first && SqlState.of(e) == SqlState.SERIALIZATION) {
                    settling.aborted();
                }
                throw e;
            }
        }
        settling.answered(accepted);
        hold(closer, items, accepted);
        return accepted;
    }

    /** One close in the session's transaction, nothing recorded. */
    List<Answer> closeOnce(Session session, long closer, List<Item> items, List<Integer> chosen) {
        List<Side> sides = Side.of(history.life(), closer, items, chosen);
        List<Item> sent = chosen.stream().map(items::get).toList();
        return session.rows(
                storage.in("SELECT item, accepted, again FROM {awa}.close($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, "
                        + "$11, $12, $13)"),
                Client::answer,
                segments(sent),
                lanes(sent),
                nos(sent),
                nonces(sent),
                sent.stream().map(Item::bits).toArray(String[]::new),
                sent.stream().map(Item::outcomes).toArray(String[]::new),
                closer,
                column(sides, Side::item, Integer[]::new),
                column(sides, Side::ordinal, Integer[]::new),
                column(sides, Side::state, String[]::new),
                column(sides, Side::delayMs, Long[]::new),
                column(sides, Side::lease, Long[]::new),
                column(sides, Side::detail, String[]::new));
    }

    private void hold(long closer, List<Item> items, boolean[] accepted) {
        int at = 0;
        for (int i = 0; i < items.size(); i++) {
            for (int m = 0; m < items.get(i).ends().length; m++) {
                if (accepted[at++] && items.get(i).ends()[m] == End.HELD) {
                    leases.add(Side.lease(closer, i, m));
                }
            }
        }
    }

    boolean[] release(Session session, long closer, List<Item> items) {
        Settling settling = history.settleSent(closer, members(items));
        boolean[] accepted = new boolean[size(items)];
        List<Integer> left = new ArrayList<>();
        for (int i = 0; i < items.size(); i++) {
            left.add(i);
        }
        while (!left.isEmpty()) {
            left = note(items, left, releaseOnce(session, closer, items, left), accepted);
        }
        settling.answered(accepted);
        return accepted;
    }

    List<Answer> releaseOnce(Session session, long closer, List<Item> items, List<Integer> chosen) {
        List<Item> sent = chosen.stream().map(items::get).toList();
        return session.rows(
                storage.in("SELECT item, accepted, again FROM {awa}.release($1, $2, $3, $4, $5, $6)"),
                Client::answer,
                segments(sent),
                lanes(sent),
                nos(sent),
                nonces(sent),
                sent.stream().map(Item::bits).toArray(String[]::new),
                closer);
    }

    long[] cancel(Session session, long nonce, long... ids) {
        Cancelling cancelling = history.cancelSent(ids);
        long[] done = longs(session.row(
                storage.in("SELECT {awa}.cancel($1, $2) AS answer"),
                row -> row.get("answer", Long[].class),
                LongStream.of(ids).boxed().toArray(Long[]::new),
                nonce));
        cancelling.answered(done);
        return done;
    }

    static List<Member> members(List<Item> items) {
        List<Member> members = new ArrayList<>();
        for (Item item : items) {
            for (int m = 0; m < item.ordinals().length; m++) {
                members.add(new Member(item.token(), item.ordinals()[m], item.ends()[m]));
            }
        }
        return members;
    }

    private static int size(List<Item> items) {
        return items.stream().mapToInt(item -> item.ordinals().length).sum();
    }

    private static <T> T[] column(List<Side> sides, Function<Side, ? extends T> value, IntFunction<T[]> array) {
        return sides.stream().map(value).toArray(array);
    }

    private static List<Integer> note(List<Item> items, List<Integer> sent, List<Answer> answers, boolean[] accepted) {
        int[] starts = new int[items.size()];
        for (int i = 1; i < starts.length; i++) {
            starts[i] = starts[i - 1] + items.get(i - 1).ordinals().length;
        }
        List<Integer> left = new ArrayList<>();
        for (Answer answer : answers) {
            int at = sent.get(answer.item() - 1);
            int[] ordinals = items.get(at).ordinals();
            for (int m = 0; m < ordinals.length; m++) {
                accepted[starts[at] + m] |= answer.accepted().charAt(ordinals[m]) == '1';
            }
            if (answer.again()) {
                left.add(at);
            }
        }
        return left;
    }

    private static Answer answer(Fields row) {
        return new Answer(row.integer("item"), row.text("accepted"), row.flag("again"));
    }

    private MaybeTaken taken(Fields row, long nonce) {
        Long no = row.optional("no", Long.class);
        Long[] positions = row.optional("positions", Long[].class);
        if (no == null || positions == null) {
            return new MaybeTaken(null);
        }
        Long[] meta = row.get("meta", Long[].class);
        for (int i = 0; i < positions.length; i++) {
            int used = (int) (meta[meta.length == 1 ? 0 : i] >> 16) & 0xffff;
            history.life().toldAttempt(nonce, positions[i], used + 1);
        }
        return new MaybeTaken(
                new Taken(new Token(row.number("segment"), row.integer("lane"), no, nonce), longs(positions), null));
    }

    static long[] longs(Long[] values) {
        return Arrays.stream(values).mapToLong(Long::longValue).toArray();
    }

    private static Long[] segments(List<Item> items) {
        return items.stream().map(item -> item.token().segment()).toArray(Long[]::new);
    }

    private static Integer[] lanes(List<Item> items) {
        return items.stream().map(item -> item.token().lane()).toArray(Integer[]::new);
    }

    private static Long[] nos(List<Item> items) {
        return items.stream().map(item -> item.token().no()).toArray(Long[]::new);
    }

    private static Long[] nonces(List<Item> items) {
        return items.stream().map(item -> item.token().nonce()).toArray(Long[]::new);
    }

    private record MaybeTaken(@Nullable Taken taken) {
        @Nullable
        Taken orNull() {
            return taken;
        }
    }

    record Answer(int item, String accepted, boolean again) {}
}
