package io.awa.reactive.storage;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * An action that competes for a job. Of two on one place of a job one wins.
 *
 * @param name    what it is
 * @param patient whether it waits for who stands in its way; else it gives up soon, as its connection's lock_timeout says
 * @param calls   its statement by the state the job is in; the states it can meet the job in
 * @param won     whether an answer says that it won
 * @param after   the job's state, as it is told, when it won
 */
record Rival(
        String name,
        boolean patient,
        Map<Contest.State, Function<Contest, String>> calls,
        Predicate<List<Row>> won,
        Map<Contest.State, Set<String>> after) {

    private static final Predicate<List<Row>> FRESH =
            rows -> !rows.isEmpty() && rows.get(0).text("fresh").contains("1");
    private static final Predicate<List<Row>> SETTLED =
            rows -> !rows.isEmpty() && rows.get(0).flag("fresh");
    private static final Predicate<List<Row>> DONE =
            rows -> rows.get(0).text("result").equals("done");
    private static final Predicate<List<Row>> ANSWERED =
            rows -> rows.get(0).text("status").equals("done");

    @Override
    public String toString() {
        return name;
    }

    boolean meets(Contest.State state) {
        return calls.containsKey(state);
    }

    String call(Contest contest) {
        return calls.get(contest.state()).apply(contest);
    }

    static List<Rival> all(boolean callbacks) {
        List<Rival> all = new ArrayList<>(List.of(
                claim(),
                outcome("complete", "c", "completed"),
                outcome("fail", "f", "failed"),
                outcome("retry", "t", "retrying"),
                outcome("snooze", "z", "snoozed"),
                outcome("dead letter", "d", "dead"),
                outcome("give up", "x", "cancelled"),
                release(),
                hold(),
                park(),
                rescue(),
                deadline(),
                promote(),
                grant(),
                operator("cancel", "cancel", "cancelled", "AKRHWDESZ"),
                operator("requeue", "retry", "available retrying scheduled snoozed", "WDEFSZLX"),
                operator("delete", "delete", "", "AKWDEFSZLX"),
                operator("move", "move", "", "AKWDEFSZL"),
                operator("bury", "bury", "dead", "F"),
                operator("exhume", "exhume", "failed", "L")));
        if (callbacks) {
            all.add(callback("callback", "complete", "completed", "HW"));
            all.add(callback("failing callback", "fail", "failed", "HW"));
            all.add(callback("retrying callback", "retry", "retrying", "W"));
            all.add(callback("resume", "resume", "running snoozed available", "W"));
            all.add(callback("heartbeat", "extend", "waiting", "W"));
        }
        return all;
    }

    private static Rival claim() {
        return rival(
                "claim",
                true,
                "A",
                contest -> Session.claimCall(contest.queue(), 1, Session.nonce()),
                rows -> rows.get(0).text("status").equals("ok"),
                "running");
    }

    private static Rival outcome(String name, String code, String after) {
        Map<Contest.State, Function<Contest, String>> calls = new TreeMap<>();
        calls.put(Contest.State.RUNNING, contest -> Life.closeCall(contest.claim(), code));
        calls.put(Contest.State.HELD, contest -> settle(contest, code));
        return new Rival(
                name,
                true,
                calls,
                rows -> !rows.isEmpty() && rows.get(0).text("fresh").matches("1|true"),
                after(calls, after));
    }

    private static Rival hold() {
        return rival("hold", true, "R", contest -> Life.closeCall(contest.claim(), "h"), FRESH, "running");
    }

    private static Rival release() {
        return rival(
                "release",
                true,
                "R",
                contest -> Item.release(Session.nonce(), List.of(new Item(contest.claim(), "1", "r"))),
                rows -> !rows.isEmpty() && rows.get(0).text("accepted").contains("1"),
                "available");
    }

    private static Rival park() {
        return rival("park", true, "H", contest -> settle(contest, "w"), SETTLED, "waiting");
    }

    private static Rival rescue() {
        Map<Contest.State, Function<Contest, String>> calls = new TreeMap<>();
        calls.put(
                Contest.State.RUNNING,
                contest -> new Rescuer(contest.session())
                        .beaten("now() + interval '1 hour'")
                        .call(contest.claim().segment()));
        calls.put(Contest.State.HELD, contest -> Rescuer.heldCall("{1}"));
        return new Rival("rescue", false, calls, rows -> rows.get(0).number("crashed") > 0, after(calls, "retrying"));
    }

    private static Rival deadline() {
        Map<Contest.State, Function<Contest, String>> calls = new TreeMap<>();
        calls.put(
                Contest.State.RUNNING,
                contest -> new Rescuer(contest.session()).call(contest.claim().segment()));
        calls.put(Contest.State.HELD, contest -> Rescuer.expiredCall(0, 0));
        calls.put(Contest.State.EXPIRED, contest -> Rescuer.expiredCall(0, 0));
        return new Rival(
                "deadline",
                false,
                calls,
                rows -> rows.get(0).number("late")
                                + (rows.get(0).columns().containsKey("callbacks")
                                        ? rows.get(0).number("callbacks")
                                        : 0)
                        > 0,
                after(calls, "retrying"));
    }

    private static Rival promote() {
        return rival(
                "promote",
                false,
                "DSZ",
                contest -> "select * from promote(0, clock_timestamp(), null, null, 100, " + Session.nonce() + ")",
                rows -> rows.get(0).number("promoted") > 0,
                "available");
    }

    private static Rival grant() {
        return rival(
                "grant",
                true,
                "K",
                contest -> Keyed.grantCall(Contest.key(contest.lane())),
                rows -> rows.get(0).number("granted") > 0,
                "available");
    }

    private static Rival operator(String name, String op, String after, String states) {
        return rival(
                name,
                true,
                states,
                contest -> Life.call(
                        op,
                        op.equals("move")
                                ? "{\"queue\": \"elsewhere " + contest.lane() + "\"}"
                                : "{\"reason\": \"somebody said so\"}",
                        contest.id()),
                DONE,
                after);
    }

    private static Rival callback(String name, String action, String after, String states) {
        return rival(
                name,
                true,
                states,
                contest -> "select * from answer_callback('" + contest.token() + "', '" + action + "', 3600000, null, "
                        + Session.nonce() + ", 60000)",
                ANSWERED,
                after);
    }

    private static Rival rival(
            String name,
            boolean patient,
            String states,
            Function<Contest, String> call,
            Predicate<List<Row>> won,
            String after) {
        Map<Contest.State, Function<Contest, String>> calls = new TreeMap<>();
        for (Contest.State state : Contest.State.values()) {
            if (states.indexOf(state.letter()) >= 0) {
                calls.put(state, call);
            }
        }
        return new Rival(name, patient, calls, won, after(calls, after));
    }

    /** Where no state is named the job is in the same one as before, or gone. */
    private static Map<Contest.State, Set<String>> after(
            Map<Contest.State, Function<Contest, String>> calls, String after) {
        Map<Contest.State, Set<String>> states = new TreeMap<>();
        calls.keySet()
                .forEach(state -> states.put(
                        state, after.isEmpty() ? Set.of(state.told(), "unknown") : Set.of(after.split(" "))));
        return states;
    }

    static String settle(Contest contest, String code) {
        return "select * from settle(array[" + contest.lease() + "]::bigint[], array['" + code
                + "'], array[3600000]::bigint[], null, " + Session.nonce() + ")";
    }
}
