package io.awa.reactive.storage;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/** Entries of the store, made and read by hand. */
final class Entered {

    private Entered() {}

    /** Adds n entries of lane 1 in a state, due (or forgotten, for those that rest) in so many milliseconds. */
    static List<Long> add(Session session, String state, long inMillis, int n) {
        return session.row(call(state, inMillis, n)).longs("answer");
    }

    static long add(Session session, String state, long inMillis) {
        return add(session, state, inMillis, 1).get(0);
    }

    static String call(String state, long inMillis, int n) {
        return call(state, inMillis, n, 1);
    }

    static String call(String state, long inMillis, int n, int lane) {
        boolean rests = "fdx".contains(state);
        boolean held = "hw".contains(state);
        String time = "clock_timestamp() + make_interval(secs => " + inMillis / 1000.0 + ")";
        return "select add_entries(array(select row(null, null, " + (rests ? "null" : time) + ", "
                + (rests ? time : "null") + ", " + (held ? "nextval('entry_ids') + 1000000" : "null") + ", " + lane
                + ", 1, " + (held ? "1" : "null") + ", " + (held ? 1 : 0) + ", 25, null, '" + state + "', null, "
                + (state.equals("w") ? "gen_random_uuid()" : "null")
                + ", '{\"n\":1}'::json, null)::new_entry from generate_series(1, " + n + ") i)) as answer";
    }

    /** Promotes what is due in a child from its beginning. */
    static long promote(Session session, int child) {
        return session.row(promoteCall(child, "null", 4_096)).number("promoted");
    }

    static String promoteCall(int child, String from, int limit) {
        return "select * from promote(" + child + ", clock_timestamp(), " + from + ", 0, " + limit + ", "
                + Session.nonce() + ")";
    }

    static String round(int limit) {
        return "select * from promote_round('{}', '{}', '{}', " + limit + ", " + Session.nonce() + ")";
    }

    /** Ends entries of a child; answers those this call ended. */
    static String endCall(int child, String outcome, long... entries) {
        String all = LongStream.of(entries).mapToObj(String::valueOf).collect(Collectors.joining(","));
        String stores = LongStream.of(entries).mapToObj(e -> "" + child).collect(Collectors.joining(","));
        String outcomes =
                LongStream.of(entries).mapToObj(e -> "'" + outcome + "'").collect(Collectors.joining(","));
        return "select end_entries(array[" + stores + "]::int[], array[" + all + "]::bigint[], array[" + outcomes
                + "]::text[], " + Session.nonce() + ") as answer";
    }

    static List<Long> end(Session session, int child, String outcome, long... entries) {
        return session.row(endCall(child, outcome, entries)).longs("answer");
    }

    // --- the ring

    static String rotate(Session session) {
        String registered = session.text("select register_store()");
        return registered.equals("Registered") ? session.text("select move_store()") : registered;
    }

    static String seal(Session session, long store) {
        return session.row("select * from seal_store(" + store + ")").text("outcome");
    }

    static String carryCall(long store, int limit) {
        return "select * from carry(" + store + ", 0, " + limit + ", " + Session.nonce() + ")";
    }

    static Row carry(Session session, long store) {
        return session.row(carryCall(store, 1_000));
    }

    /** Finished, or what is left. */
    static String finish(Session session, long store) {
        Row row = session.row("select * from finish_store(" + store + ", null, null)");
        return row.isNull("reason") ? row.text("outcome") : row.text("reason");
    }

    static String prune(Session session, long store) {
        return session.row("select * from prune_store(" + store + ")").text("outcome");
    }

    /** Seals, carries all, finishes and prunes; answers Pruned or what came in between. */
    static String reclaim(Session session, long store) {
        String sealed = seal(session, store);
        if (sealed.equals("Blocked")) {
            return sealed;
        }
        for (Row row = carry(session, store); !row.text("outcome").equals("Spent"); row = carry(session, store)) {
            if (row.text("outcome").equals("Blocked")) {
                return "Blocked";
            }
        }
        session.run("select * from carry_keys(" + store + ", '" + new java.util.UUID(0, 0) + "', 100000)");
        String finished = finish(session, store);
        return finished.equals("Finished") ? prune(session, store) : finished;
    }

    /** Live entries over all children: store, entry, origin, state. */
    static List<Row> live(Session session) {
        return session.rows("select * from (" + union() + ") y where outcome is null order by entry");
    }

    /** All entries over all children, ended ones too. */
    static String union() {
        return LongStream.range(0, 4)
                .mapToObj(
                        k -> "select " + k + " as child, e.entry, e.origin, e.state::text as state, e.lease, e.due_at,"
                                + " e.until, e.created_at, e.attempt, e.callback::text as callback, e.extras::text as extras,"
                                + " e.args::text as args, x.outcome::text as outcome from entries_" + k
                                + " e left join endings_"
                                + k + " x on x.entry = e.entry")
                .collect(Collectors.joining(" union all "));
    }

    static String stores(Session session) {
        return String.join(", ", session.texts("select store || ' ' || state from store_states()"));
    }
}
