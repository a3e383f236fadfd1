package io.awa.reactive.storage;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Ways of a job through its states, by the protocols. */
final class Lives {

    private Lives() {}

    /** Ends the first member of a claim so that an entry follows; answers whether this call did. */
    static boolean end(Session session, Taken claim, char outcome, @Nullable Integer delay) {
        return end(session, claim, outcome, delay, null);
    }

    static boolean end(Session session, Taken claim, char outcome, @Nullable Integer delay, @Nullable Long lease) {
        List<Row> rows = session.rows("select * from close(array[" + claim.segment() + "], array[" + claim.lane()
                + "]::int[], array[" + claim.no() + "], array[" + claim.nonce() + "], array['" + claim.bits(0)
                + "'], array['" + outcome + "'], " + Session.nonce() + ", array[1], array[0], array['" + outcome
                + "'], array[" + delay + "]::bigint[], array[" + lease
                + "]::bigint[], array['{\"reason\":\"test\"}'])");
        return rows.size() == 1 && rows.get(0).text("fresh").startsWith("1");
    }

    /** Promotes what is due in a store; answers how many. */
    static int promote(Session session, int store) {
        return (int) pass(session, store).number("promoted");
    }

    static Row pass(Session session, int store) {
        return session.row(
                "select * from promote(" + store + ", clock_timestamp(), null, null, 1000, " + Session.nonce() + ")");
    }

    static String state(Session session, long job) {
        return session.text("select (place(" + job + ")).state");
    }

    /** Moves the store on, as rotation does: registers a child that is free and points to it. */
    static void rotateStore(Session session, int store, int child) {
        session.run("insert into stores (store, child) values (" + store + ", " + child + ")");
        session.run("select setval('current_store', " + ((long) store << 8 | child) + ")");
    }

    /** Seals a store: nobody writes to it any more. */
    static void sealStore(Session session, int store, int child) {
        session.begin();
        session.run("lock table entries_" + child + " in share mode nowait");
        session.run("update stores set sealed_at = clock_timestamp() where store = " + store);
        session.commit();
    }

    /** Gives a sealed store back, whatever stands in it. */
    static void reclaimStore(Session session, int store, int child) {
        session.begin();
        session.run("lock table entries_" + child + ", endings_" + child + ", progress_" + child + ", keys_" + child
                + " in access exclusive mode nowait");
        session.run("truncate entries_" + child + ", endings_" + child + ", progress_" + child + ", keys_" + child);
        session.run("update stores set reclaimed_at = clock_timestamp() where store = " + store);
        session.run("select nextval('reclaimed_stores')");
        session.commit();
    }
}
