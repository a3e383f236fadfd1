package io.awa.reactive.storage;

/**
 * A job that two compete for, in a queue of its own.
 *
 * @param session that made it
 * @param state   where it is
 * @param lane    its lane
 * @param queue   its queue
 * @param id      the job
 * @param claim   the claim that has it or had it, where there is one
 * @param lease   of a held attempt
 * @param token   of its callback
 */
record Contest(Session session, State state, int lane, int queue, long id, Taken claim, long lease, String token) {

    private static final String NO_TOKEN = "00000000-0000-0000-0000-000000000001";

    /** Where two can meet. */
    enum State {
        AVAILABLE('A', "available"),
        GATED('K', "gated"),
        RUNNING('R', "running"),
        HELD('H', "running"),
        PARKED('W', "waiting"),
        EXPIRED('E', "waiting"),
        DUE('D', "retrying"),
        FAILED('F', "failed"),
        SCHEDULED('S', "scheduled"),
        SNOOZED('Z', "snoozed"),
        DEAD('L', "dead"),
        CANCELLED('X', "cancelled"),
        COMPLETED('C', "completed");

        private final char letter;
        private final String told;

        State(char letter, String told) {
            this.letter = letter;
            this.told = told;
        }

        char letter() {
            return letter;
        }

        String told() {
            return told;
        }
    }

    static Contest of(Session session, State state, int number, boolean callbacks) {
        Life life = Life.in(session, "contest " + number);
        int queue = (int) session.number("select queue from lanes where lane = " + life.lane());
        session.run("update queues set deadline_ms = 1 where queue = " + queue);
        long id = switch (state) {
            case SCHEDULED -> life.scheduled("interval '0'");
            case GATED -> life.gated(key(life.lane()));
            default -> session.put(life.lane(), 1).get(0);
        };
        Taken claim = null;
        long lease = Session.nonce();
        String token = NO_TOKEN;
        if (state != State.AVAILABLE && state != State.SCHEDULED && state != State.GATED) {
            claim = life.claim();
            switch (state) {
                case DUE -> end(session, claim, 't', 0, lease);
                case SNOOZED -> end(session, claim, 'z', 0, lease);
                case FAILED -> end(session, claim, 'f', 0, lease);
                case DEAD -> end(session, claim, 'd', 0, lease);
                case CANCELLED -> end(session, claim, 'x', 0, lease);
                case COMPLETED -> session.run(Life.closeCall(claim, "c"));
                case HELD, PARKED, EXPIRED -> end(session, claim, 'h', state == State.PARKED ? 3_600_000 : 0, lease);
                default -> session.run("select pg_sleep(0.005)"); // past its deadline
            }
            if (callbacks && (state == State.HELD || state == State.PARKED || state == State.EXPIRED)) {
                token = session.text("select token from register_callback(" + lease + ", " + Session.nonce() + ")");
            }
            if (state == State.PARKED || state == State.EXPIRED) {
                session.run("select * from settle(array[" + lease + "]::bigint[], array['w'], array["
                        + (state == State.PARKED ? 3_600_000 : 0) + "]::bigint[], null, " + Session.nonce() + ")");
            }
        }
        return new Contest(session, state, life.lane(), queue, id, claim, lease, token);
    }

    /** The concurrency key of those that wait for one. */
    static String key(int lane) {
        return "contest in lane " + lane;
    }

    private static void end(Session session, Taken claim, char code, int delay, long lease) {
        Lives.end(session, claim, code, delay, lease);
    }
}
