package io.awa.reactive.storage;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Backlogs and histories made by the set, and how many pages a statement touches. */
final class Load {

    private static final Pattern BUFFERS = Pattern.compile("shared(?: hit=(\\d+))?(?: read=(\\d+))?");

    private Load() {}

    /** Enqueues n jobs into lane 1 with one statement; the last one's place in the lane. */
    static void backlog(Session session, int n) {
        session.begin();
        Row reserved = session.row("select cell & 255 as child, positions[1] as base from reserve(array[1], 1)");
        session.run("insert into jobs_" + reserved.number("child") + " (pos, kind, args) select "
                + reserved.number("base")
                + " + i, 1, '{\"n\":12345678,\"text\":\"of some length\"}' from generate_series(0, " + (n - 1) + ") i");
        session.run("select setval('lane_1', " + (reserved.number("base") + n - 1) + " & " + Taken.SEQUENCE + ")");
        session.commit();
    }

    /** A history of n claims of one job each in lane 1 of child 0, all completed; their jobs are there as well. */
    static void history(Session session, int n) {
        long first = (1L << 41) + 1;
        backlog(session, n);
        session.run("insert into claims_0 (no, nonce, high, judge, claimed_at, lane, worker, n, members, old, young)"
                + " select i, -i, " + (first - 1) + " + i, '3', now(), 1, 1, 1,"
                + " int8multirange(int8range(" + (first - 1) + " + i, " + (first - 1) + " + i, '[]')), '{}', '{}'"
                + " from generate_series(1, " + n + ") i");
        session.run("insert into closures_0 (no, closer, at, lane, part, outcomes, members)"
                + " select i, 1, now(), 1, 1, 'c', '1' from generate_series(1, " + n + ") i");
    }

    /** Runs the statement and answers the pages of the buffer pool it touched; planning of its own text apart. */
    static long buffers(Session session, String sql) {
        for (String line : session.texts("explain (analyze, buffers, costs off, timing off) " + sql)) {
            Matcher matcher = BUFFERS.matcher(line);
            if (line.contains("Buffers:") && matcher.find()) {
                return number(matcher.group(1)) + number(matcher.group(2));
            }
            if (line.startsWith("Planning")) {
                return 0;
            }
        }
        return 0;
    }

    private static long number(String digits) {
        return digits == null ? 0 : Long.parseLong(digits);
    }
}
