package io.awa.reactive.storage.random;

import io.awa.reactive.internal.pg.Sql;
import io.awa.reactive.testkit.LifeHistory;
import io.awa.reactive.testkit.LifeHistory.Answer;
import io.awa.reactive.testkit.LifeHistory.Scheduling;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** What is asked of the store, with its facts recorded around it. Any thread, any session. */
final class Entries {

    private static final int STORES = 4;
    private final Storage storage;
    private final LifeHistory life;

    Entries(Client client) {
        storage = client.storage;
        life = client.history.life();
    }

    String in(String sql) {
        return storage.in(sql);
    }

    /** Schedules jobs in the session's transaction; the caller records its commit. */
    long[] schedule(Session session, int kind, Integer[] lanes, Integer[] delays) {
        return Client.longs(session.row(
                storage.in("SELECT {awa}.add_entries(array_agg(row(null, null, clock_timestamp()"
                        + " + make_interval(secs => u.delay / 1000.0), null, null, u.lane, $2::int, null, 0, 25, null, 's',"
                        + " null, null, '{}'::json, null)::{awa}.new_entry)) AS answer"
                        + " FROM unnest($1::int[], $3::int[]) u(lane, delay)"),
                row -> row.get("answer", Long[].class),
                lanes,
                kind,
                delays));
    }

    /** A transaction of its own that schedules and commits. */
    long[] scheduled(Session session, int kind, Integer[] lanes, Integer[] delays) {
        session.run("BEGIN");
        long[] ids = schedule(session, kind, lanes, delays);
        Scheduling scheduling = life.scheduled(ids);
        session.run("COMMIT");
        scheduling.answered();
        return ids;
    }

    /** Ends held attempts until no rival is left. Answers which ones this closer ended. */
    boolean[] settle(Session session, long closer, long[] leases, String[] outcomes) {
        boolean[] won = new boolean[leases.length];
        boolean[] known = new boolean[leases.length];
        List<Integer> left = new ArrayList<>();
        for (int i = 0; i < leases.length; i++) {
            left.add(i);
            boolean fails = "tfd".contains(outcomes[i]);
            boolean back = "tz".contains(outcomes[i]);
            life.asked(closer, leases[i], back ? Math.max(0, Side.delay(closer, leases[i])) : 0, fails ? 1 : 0);
        }
        try {
            while (!left.isEmpty()) {
                List<Integer> sent = left;
                Map<Integer, Settled> answers = new HashMap<>();
                settleOnce(session, closer, pick(leases, sent), pick(outcomes, sent))
                        .forEach(answer -> answers.put(answer.item, answer));
                left = new ArrayList<>();
                for (int k = 0; k < sent.size(); k++) {
                    Settled answer = answers.get(k + 1);
                    if (answer != null && answer.again) {
                        left.add(sent.get(k));
                    } else {
                        won[sent.get(k)] = answer != null && answer.accepted;
                        known[sent.get(k)] = true;
                    }
                }
            }
        } finally {
            for (int i = 0; i < leases.length; i++) {
                life.settled(closer, leases[i], !known[i] ? Answer.UNKNOWN : won[i] ? Answer.WON : Answer.LOST);
            }
        }
        return won;
    }

    /** One settle in the session's transaction, nothing recorded but what it asks for. */
    List<Settled> settleOnce(Session session, long closer, long[] leases, String[] outcomes) {
        Long[] delays = new Long[leases.length];
        String[] details = new String[leases.length];
        for (int i = 0; i < leases.length; i++) {
            long delay = Side.delay(closer, leases[i]);
            delays[i] = "tz".contains(outcomes[i]) && delay >= 0 ? delay : null;
            details[i] = "tfd".contains(outcomes[i]) ? Side.ERROR : null;
        }
        return session.rows(
                storage.in("SELECT item, accepted, again FROM {awa}.settle($1, $2, $3, $4, $5)"),
                row -> new Settled(row.integer("item"), row.flag("accepted"), row.flag("again")),
                boxed(leases),
                outcomes,
                delays,
                details,
                closer);
    }

    /** Begins a transaction that reads all endings: as long as it stands no store is reclaimed. */
    String readEndings() {
        StringBuilder sql = new StringBuilder("BEGIN");
        for (int store = 0; store < STORES; store++) {
            sql.append(storage.in("; LOCK TABLE {awa}.endings_" + store + " IN ACCESS SHARE MODE"));
        }
        return sql.toString();
    }

    void report(Session session, long seq, long... leases) {
        Long[] seqs = new Long[leases.length];
        Arrays.fill(seqs, seq);
        String[] bodies = new String[leases.length];
        Arrays.fill(bodies, "{\"percent\": " + seq % 100 + "}");
        session.row(
                storage.in("SELECT {awa}.report($1, $2, $3) AS answer"),
                row -> row.get("answer", Long[].class),
                boxed(leases),
                seqs,
                bodies);
    }

    /** Lets a parked attempt go on, by the primitives. Answers whether this call did. */
    boolean resume(Session session, long closer, long lease) {
        List<Held> parked = session.rows(
                storage.in("SELECT store, entry FROM {awa}.held($1) WHERE state = 'w' AND outcome IS NULL"),
                row -> new Held(row.integer("store"), row.number("entry")),
                (Object) new Long[] {lease});
        if (parked.isEmpty()) {
            return false;
        }
        Held held = parked.get(0);
        boolean sure = false;
        boolean won = false;
        try {
            session.run("BEGIN");
            won = session.row(
                                    storage.in("SELECT {awa}.end_entries($1, $2, $3, $4) AS answer"),
                                    row -> row.get("answer", Long[].class),
                                    new Integer[] {held.store},
                                    new Long[] {held.entry},
                                    new String[] {"h"},
                                    closer)
                            .length
                    > 0;
            if (won) {
                session.row(
                        storage.in("SELECT {awa}.follow($1, $2, $3, $4, $5, $6) AS answer"),
                        row -> row.get("answer", Long[].class),
                        new Integer[] {held.store},
                        new Long[] {held.entry},
                        new String[] {"h"},
                        new Sql.Null(Long[].class),
                        new Sql.Null(String[].class),
                        new Sql.Null(UUID[].class));
            }
            session.run("COMMIT");
            sure = true;
        } finally {
            life.settled(closer, lease, !sure ? Answer.UNKNOWN : won ? Answer.WON : Answer.LOST);
        }
        return won;
    }

    /** One promotion of one store, from its beginning. Answers how many it promoted. */
    int promote(Session session, int child, int limit, long closer) {
        return session.row(
                storage.in("SELECT promoted FROM {awa}.promote($1, clock_timestamp(), null, null, $2, $3)"),
                row -> row.integer("promoted"),
                child,
                limit,
                closer);
    }

    List<Live> stores(Session session) {
        return session.rows(
                storage.in("SELECT store, child FROM {awa}.stores WHERE reclaimed_at IS NULL ORDER BY store"),
                row -> new Live(row.number("store"), row.integer("child")));
    }

    /** Held and parked attempts that nobody has ended, by their leases. */
    List<Long> held(Session session, String state) {
        return live(session, "lease", "e.lease IS NOT NULL AND e.state = '" + state + "'");
    }

    /** Entries that will go on by themselves. */
    int goingOn(Session session) {
        return live(session, "entry", "e.state IN ('s', 't', 'z', 'h', 'w')").size();
    }

    /** Those, and entries that are kept for a while. */
    int waiting(Session session) {
        return live(session, "entry", "(e.until IS NULL OR e.until > clock_timestamp())")
                .size();
    }

    private List<Long> live(Session session, String column, String condition) {
        StringBuilder sql = new StringBuilder();
        for (int store = 0; store < STORES; store++) {
            sql.append(store == 0 ? "" : " UNION ALL ")
                    .append("SELECT e.")
                    .append(column)
                    .append(" AS answer FROM {awa}.entries_")
                    .append(store)
                    .append(" e WHERE ")
                    .append(condition)
                    .append(" AND NOT EXISTS (SELECT FROM {awa}.endings_")
                    .append(store)
                    .append(" x WHERE x.entry = e.entry)");
        }
        return session.rows(storage.in(sql.toString()), row -> row.number("answer"));
    }

    private static long[] pick(long[] all, List<Integer> chosen) {
        return chosen.stream().mapToLong(i -> all[i]).toArray();
    }

    private static String[] pick(String[] all, List<Integer> chosen) {
        return chosen.stream().map(i -> all[i]).toArray(String[]::new);
    }

    private static Long[] boxed(long... values) {
        return Arrays.stream(values).boxed().toArray(Long[]::new);
    }

    record Settled(int item, boolean accepted, boolean again) {}

    record Held(int store, long entry) {}

    record Live(long store, int child) {}
}
