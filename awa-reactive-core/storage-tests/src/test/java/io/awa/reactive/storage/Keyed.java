package io.awa.reactive.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;

/** Jobs with concurrency keys, by one session. */
final class Keyed {

    private static final long LEASES = 1L << 51;

    private final Session session;

    Keyed(Session session) {
        this.session = session;
    }

    /** Enqueues a job a key, in order; an empty key: none. Answers their ids. */
    List<Long> put(int lane, String... keys) {
        return session.row("select " + putCall(lane, keys) + " as answer").longs("answer");
    }

    static String putCall(int lane, String... keys) {
        String extras = Arrays.stream(keys)
                .map(key -> key.isEmpty() ? "null" : "'{\"concurrency_key\":\"" + key + "\"}'")
                .collect(Collectors.joining(","));
        String bodies =
                Arrays.stream(keys).map(key -> "'{\"k\":\"" + key + "\"}'").collect(Collectors.joining(","));
        return "enqueue(array[" + lane + "], array[1], array[25], array[" + bodies + "]::text[], array[" + extras
                + "]::text[])";
    }

    /** One claim that answers jobs, however many calls that takes; empty where there are none. */
    Taken take(int n) {
        return take(1, n);
    }

    Taken take(int queue, int n) {
        Taken taken = session.claim(queue, n, Session.nonce());
        while (taken.status().equals("again")) {
            taken = session.claim(queue, n, Session.nonce());
        }
        return taken;
    }

    /** Claims until there is nothing; each job that came is a claim of its own in the answer. */
    List<Long> takeAll(List<Taken> into) {
        List<Long> ids = new ArrayList<>();
        for (Taken taken = take(1); taken.size() > 0; taken = take(1)) {
            into.add(taken);
            ids.add(id(taken.positions().get(0)));
        }
        return ids;
    }

    /** The ids of what a claim took. */
    List<Long> ids(Taken taken) {
        return taken.positions().stream().map(this::id).toList();
    }

    long id(long position) {
        return session.number(
                "select coalesce(max(j.origin), " + position + ") from (select origin from jobs_0 where pos = "
                        + position + " union all select origin from jobs_1 where pos = " + position
                        + " union all select origin from jobs_2 where pos = " + position
                        + " union all select origin from jobs_3 where pos = " + position + ") j");
    }

    long grant(String... keys) {
        return session.row(grantCall(keys)).number("granted");
    }

    static String grantCall(String... keys) {
        return "select * from grant_keys(array['" + String.join("','", keys) + "'], " + Session.nonce() + ")";
    }

    void limit(int queue, int jobs) {
        session.run("update queues set key_limit = " + jobs + " where queue = " + queue);
    }

    /** The ids of those that wait for a key, in their order. */
    List<Long> waiting(String key) {
        return session
                .rows("select e.origin from waiting_for('" + key
                        + "', 0, 100000) w join (select 0 as store, entry, origin"
                        + " from entries_0 union all select 1, entry, origin from entries_1 union all select 2, entry, origin"
                        + " from entries_2 union all select 3, entry, origin from entries_3) e using (store, entry)"
                        + " order by w.ticket")
                .stream()
                .map(row -> row.number("origin"))
                .toList();
    }

    String state(long id) {
        return Life.state(session, id);
    }

    /** Attempts of a key that are open, counted from claims, closures, entries and endings alone. */
    long open(String key) {
        return session.number(openCall(key, 4));
    }

    static String openCall(String key, int children) {
        StringBuilder sql = new StringBuilder("select (select count(*) from (select 1 where false");
        for (int k = 0; k < children; k++) {
            sql.append(
                    " union all select 1 from claims_" + k + " c cross join lateral (select bit_or(z.members) as closed"
                            + " from closures_" + k
                            + " z where z.lane = c.lane and z.no = c.no) d cross join lateral (select x.pos,"
                            + " row_number() over (order by x.pos) - 1 as o from unnest(c.members) r,"
                            + " generate_series(lower(r), upper(r) - 1) x(pos) where c.n > coalesce(bit_count(d.closed), 0)) m"
                            + " cross join lateral (select from jobs_" + k + " j where j.pos = m.pos"
                            + " and j.extras ->> 'concurrency_key' = '" + key + "' offset 0) j"
                            + " where coalesce(get_bit(d.closed, m.o::int), 0) = 0");
        }
        sql.append(") x) + (select count(*) from (select 1 where false");
        for (int k = 0; k < 4; k++) {
            sql.append(" union all select 1 from entries_" + k + " e where e.state = 'h'"
                    + " and e.extras ->> 'concurrency_key' = '" + key + "' and not exists (select from endings_" + k
                    + " z where z.entry = e.entry)");
        }
        return sql + ") y)";
    }

    /** Holds the one member of a claim; answers its lease. */
    long hold(Taken claim) {
        long lease = LEASES + claim.positions().get(0);
        assertThat(Lives.end(session, claim, 'h', 3_600_000, lease)).isTrue();
        return lease;
    }

    boolean settle(long lease, String outcome) {
        return settle(lease, outcome, null);
    }

    boolean settle(long lease, String outcome, String detail) {
        List<Row> rows = session.rows("select * from settle(array[" + lease + "]::bigint[], array['" + outcome
                + "'], array[3600000]::bigint[], array[" + (detail == null ? "null" : "'" + detail + "'")
                + "]::text[], "
                + Session.nonce() + ")");
        return rows.size() == 1 && rows.get(0).flag("accepted");
    }

    static String[] times(int n, String key) {
        return java.util.Collections.nCopies(n, key).toArray(String[]::new);
    }

    static <T> List<T> with(Collection<T> some, Collection<T> others) {
        List<T> all = new ArrayList<>(some);
        all.addAll(others);
        return all;
    }
}
