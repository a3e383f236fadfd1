package io.awa.reactive.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;

/** Jobs in every state, actions on them, and the end of everything. For a queue of one lane. */
final class Life {

    private static final long LEASES = 1L << 50;
    private static final String DETAIL = "array['{\"error\":{\"class\":\"E\",\"message\":\"boom\"}}']";

    private final Session session;
    private final int lane;
    private final int queue;

    private Life(Session session, int lane, int queue) {
        this.session = session;
        this.lane = lane;
        this.queue = queue;
    }

    static Life in(Session session, String queue) {
        Row row = session.row("select * from ensure_lane('" + queue + "', 1)");
        return new Life(session, (int) row.number("lane"), (int) row.number("queue"));
    }

    int lane() {
        return lane;
    }

    /** A job in a state of the table in docs/concepts/state-machine.md. */
    long job(String state) {
        return switch (state) {
            case "scheduled" -> scheduled("interval '1 hour'");
            case "available" -> available();
            case "gated" -> gated("life " + Session.nonce());
            case "running" -> at(running(), 0);
            case "running, held" -> ended("h");
            case "waiting" -> {
                long id = ended("h");
                settle(id, "w");
                yield id;
            }
            case "completed, held" -> {
                long id = ended("h");
                settle(id, "c");
                yield id;
            }
            case "retrying" -> ended("t");
            case "snoozed" -> ended("z");
            case "completed" -> ended("c");
            case "failed" -> ended("f");
            case "dead" -> ended("d");
            case "cancelled" -> ended("x");
            case "cancelled, marked" -> {
                long id = available();
                assertThat(act("cancel", id)).isEqualTo("done");
                yield id;
            }
            case "deleted" -> {
                long id = available();
                assertThat(act("delete", id)).isEqualTo("done");
                yield id;
            }
            default -> (1L << 41) - 7;
        };
    }

    long scheduled(String in) {
        return session.number("select (add_entries(array[row(null, null, clock_timestamp() + " + in + ", null, null, "
                + lane + ", 1, null, 0, 25, null, 's', null, null, '{}', null)::new_entry]))[1]");
    }

    long available() {
        return session.put(lane, 1).get(0);
    }

    /** One that waits for its concurrency key, although the one before it has ended. */
    long gated(String key) {
        long id = new Keyed(session).put(lane, key, key).get(1);
        Taken first = session.claim(queue, 2, Session.nonce());
        assertThat(first.size()).isEqualTo(1);
        session.run(closeCall(first, "c"));
        return id;
    }

    /** Claims the one job that is available, or a new one. */
    Taken running() {
        available();
        return claim();
    }

    Taken claim() {
        Taken taken = session.claim(queue, 1, Session.nonce());
        while (taken.status().equals("again")) {
            taken = session.claim(queue, 1, Session.nonce());
        }
        return taken;
    }

    static long at(Taken claim, int ordinal) {
        return claim.positions().get(ordinal);
    }

    long ended(String outcome) {
        Taken claim = running();
        session.run(closeCall(claim, outcome));
        return at(claim, 0);
    }

    static String closeCall(Taken claim, String outcome) {
        String token = "array[" + claim.segment() + "]::bigint[], array[" + claim.lane() + "], array[" + claim.no()
                + "]::bigint[], array[" + claim.nonce() + "]::bigint[], array['1'], array['" + outcome + "'], "
                + Session.nonce();
        return outcome.equals("c") || outcome.equals("r")
                ? "select * from close(" + token + ", null, null, null, null, null, null)"
                : "select * from close(" + token + ", array[1], array[0], array['" + outcome
                        + "'], array[3600000]::bigint[], array[" + (LEASES + at(claim, 0)) + "]::bigint[], " + DETAIL
                        + ")";
    }

    private void settle(long id, String outcome) {
        session.run("select * from settle(array[" + (LEASES + id) + "]::bigint[], array['" + outcome
                + "'], array[3600000]::bigint[], null, " + Session.nonce() + ")");
    }

    String act(String op, long id) {
        return session.row(call(op, "{}", id)).text("result");
    }

    static String call(String op, String options, long... ids) {
        return call(op, options, Session.nonce(), false, ids);
    }

    static String call(String op, String options, long closer, boolean resent, long... ids) {
        return "select * from act('" + op + "', array" + java.util.Arrays.toString(ids) + "::bigint[], '" + options
                + "', " + closer + ", " + resent + ")";
    }

    /** The state that job() tells, or unknown. */
    static String state(Session session, long id) {
        List<Row> rows = session.rows("select state from job(" + id + ")");
        return rows.isEmpty() ? "unknown" : rows.get(0).text("state");
    }

    /** Ends whatever runs or waits in lanes, and takes every segment so far through its life. */
    static void endAll(Session session) {
        String open =
                "select array_agg(id) from jobs('{\"states\":[\"available\",\"running\"]}', '%d:', 100000, 100000)"
                        + " where id is not null";
        for (int source = 1; source <= 3; source++) {
            session.run("select act('cancel', ids, '{}', " + Session.nonce() + ", false) from ("
                    + String.format(java.util.Locale.ROOT, open, source) + ") x(ids) where ids is not null");
        }
        assertThat(session.rotate()).isIn("Rotated", "SkippedIdle");
        List<Row> segments = session.rows("select segment from segments() where state in ('closing', 'sealed')");
        for (Row row : segments) {
            long segment = row.number("segment");
            assertThat(session.seal(segment)).isIn("Sealed", "Idle");
            for (long lane :
                    session.row("select unexhausted(" + segment + ") as lanes").longs("lanes")) {
                for (int i = 0; i < 3; i++) {
                    session.exhaust((int) lane);
                }
            }
            assertThat(session.finish(segment)).as("finish").isEqualTo("Finished");
            assertThat(session.prune(segment)).as("prune").isEqualTo("Pruned");
        }
    }

    /** No job has two live places. */
    static void checkPlaces(Session session, long id) {
        assertThat(session.number("select (select count(*) from entries_of(" + id + ") e where e.outcome is null)"
                        + " + (select count(*) from positions_of(" + id
                        + ") p where p.marked is null and p.outcome is null)"))
                .as("live places of " + id)
                .isLessThanOrEqualTo(1);
    }
}
