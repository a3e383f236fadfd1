package io.awa.reactive.storage;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A leader's passes over claims and held attempts, with what it remembers, driven statement by statement. Nothing is too
 * young for it, and its grace is zero unless said otherwise.
 */
final class Rescuer {

    private final Session session;
    private long young;
    private long grace;
    private String beaten = "0";
    private String lanes = "{}";
    private String afters = "{}";
    private String openLanes = "{}";
    private String openNos = "{}";

    Rescuer(Session session) {
        this.session = session;
    }

    /** Whoever beat last before the moment is dead; an SQL expression. */
    Rescuer beaten(String moment) {
        beaten = "(date_part('epoch', " + moment + ") * 1e6)::bigint";
        return this;
    }

    Rescuer grace(long millis) {
        grace = millis;
        return this;
    }

    Rescuer young(long millis) {
        young = millis;
        return this;
    }

    Row pass(long segment) {
        Row row = session.row(call(segment));
        remember(row);
        return row;
    }

    /** Statements until there is no more; answers their rows. */
    List<Row> all(long segment, int limit, int members) {
        List<Row> rows = new ArrayList<>();
        List<Long> triedLanes = List.of();
        List<Long> tried = List.of();
        do {
            Row row = session.row(call(segment, limit, members, array(triedLanes), array(tried)));
            triedLanes = row.longs("tried_lanes");
            tried = row.longs("tried_nos");
            remember(row);
            rows.add(row);
        } while (rows.get(rows.size() - 1).flag("more"));
        return rows;
    }

    void remember(Row row) {
        lanes = array(row.longs("lanes"));
        afters = array(row.longs("afters"));
        openLanes = array(row.longs("open_lanes"));
        openNos = array(row.longs("open_nos"));
    }

    String call(long segment) {
        return call(segment, 1_000, 5_000, "{}", "{}");
    }

    private String call(long segment, int limit, int members, String triedLanes, String tried) {
        return "select * from rescue(" + segment + ", '" + lanes + "', '" + afters + "', '" + openLanes + "', '"
                + openNos
                + "', '" + triedLanes + "', '" + tried + "', " + beaten + ", " + young + ", " + grace + ", " + limit
                + ", "
                + members + ", " + Session.nonce() + ")";
    }

    static String heldCall(String dead) {
        return "select * from rescue_held('" + dead + "', '{}', 100, " + Session.nonce() + ")";
    }

    static String expiredCall(long from, long grace) {
        return "select * from rescue_expired(" + from + ", " + grace + ", '{}', 100, " + Session.nonce() + ")";
    }

    private static String array(List<Long> values) {
        return values.stream().map(String::valueOf).collect(Collectors.joining(",", "{", "}"));
    }
}
