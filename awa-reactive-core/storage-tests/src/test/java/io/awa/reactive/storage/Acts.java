package io.awa.reactive.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A schema in the middle of its life, and a call of every step on it. Segments: 1 finished in child 0, 2 sealed in child 1
 * with jobs that wait and claims that are open, 3 current in child 2. Stores: the same. Lane 1 has all jobs but those with
 * concurrency keys.
 */
final class Acts {

    private static final int DEAD = 2;
    private static final long HELD = 501;
    private static final long PARKED = 502;
    private static final long ORPHAN = 503;
    private static final long LATE = 504;

    private final Session s;
    private final Map<String, Act> acts = new LinkedHashMap<>();
    private final Map<String, String> points = new LinkedHashMap<>();
    private final KeyedActs keyed;
    private long failed;
    private long request;
    private long requestOfHeld;
    private long held;
    private long parked;
    private String token = "";
    private List<Long> due = List.of();
    private Taken first = null;
    private Taken second = null;
    private Taken orphans = null;
    private List<Long> waiting = List.of();
    private long cancelled;

    private Acts(Session s) {
        this.s = s;
        this.keyed = new KeyedActs(s);
    }

    static Acts on(Session session) {
        Acts acts = new Acts(session);
        acts.finished();
        acts.sealed();
        acts.current();
        acts.hot();
        acts.keyed.calls().forEach(acts::act);
        acts.operators();
        acts.maintenance();
        acts.storeMaintenance();
        acts.contested();
        return acts;
    }

    Map<String, Act> all() {
        return acts;
    }

    /** Where transactions meet on a row or on a unique key: the name in the tables, and a statement that takes it. */
    Map<String, String> points() {
        return points;
    }

    /** Names an advisory lock of this schema by its second key; {@code place}: one of a concurrency key. */
    String key(long second, boolean place) {
        if (place) {
            return keyed.place(second);
        }
        if (second >= 0 && second < Integer.MAX_VALUE) {
            return second == 0 ? "schema" : "lane " + second;
        }
        for (int n = 1; n <= 9; n++) {
            if (s.number("select key_lock('" + Ask.key(n) + "')::bigint & 4294967295") == (second & 4_294_967_295L)) {
                return "key " + n;
            }
        }
        return "key " + second;
    }

    /** A statement that takes the lock which {@link #key} names so. */
    String placeLock(String name) {
        return keyed.lock(name);
    }

    // --- the schema

    private void finished() {
        s.run("select register_worker('alive'), register_worker('dead')");
        s.run("select ensure_lane('q', 2)");
        s.enqueue(1);
        s.complete(s.claim(1));
        assertThat(s.rotate()).isEqualTo("Rotated");
        s.seal(1);
        s.exhaust(1);
        assertThat(s.finish(1)).isEqualTo("Finished");
        Entered.end(s, 0, "p", Entered.add(s, "s", 0));
        assertThat(Entered.rotate(s)).isEqualTo("Rotated");
        assertThat(Entered.seal(s, 1)).isEqualTo("Sealed");
        assertThat(Entered.finish(s, 1)).isEqualTo("Finished");
    }

    private void sealed() {
        failed = Ask.job(s, 2, Ask.ALWAYS).id();
        assertThat(Lives.end(s, s.claim(1), 'f', null)).isTrue();
        held = hold(HELD, 1);
        parked = Ask.job(s, 7, Ask.ALWAYS).id();
        s.run(hold(s.claim(1), PARKED));
        hold(ORPHAN, DEAD);
        s.enqueue(1);
        s.run(closing(s.claim(1), "h", 1, LATE));
        token = s.text("select token from register_callback(" + PARKED + ", " + Session.nonce() + ")");
        s.run("select * from settle(array[" + PARKED + "]::bigint[], array['w'], array[3600000]::bigint[], null, "
                + Session.nonce() + ")");
        s.enqueue(6);
        first = claim(1);
        second = claim(1);
        orphans = claim(DEAD);
        s.run("select stop_worker(" + DEAD + ")");
        Ask.job(s, 1, Ask.ALWAYS);
        waiting = s.put(1, 4);
        cancelled = s.put(1, 1).get(0);
        s.run(Life.call("cancel", "{}", cancelled));
        due = List.of(Entered.add(s, "s", -1_000), Entered.add(s, "t", -1_000));
        s.run(Ask.call(3, Ask.ALWAYS, 0, true));
        request = s.number("select request('{\"op\":\"cancel\",\"ids\":[" + waiting.get(1) + "]}')");
        requestOfHeld = s.number("select request('{\"op\":\"cancel\",\"ids\":[" + held + "]}')");
        keyed.prepare();
        assertThat(s.rotate()).isEqualTo("Rotated");
        assertThat(s.seal(2)).isEqualTo("Sealed");
        assertThat(Entered.rotate(s)).isEqualTo("Rotated");
        assertThat(Entered.seal(s, 2)).isEqualTo("Sealed");
    }

    private void current() {
        s.put(1, 2);
        Entered.add(s, "s", 3_600_000);
        s.run("select put_schedule('s', '* * * * *', 'UTC', 'coalesce', 1, 1, 25, '{}', null)");
    }

    private Taken claim(int worker) {
        long nonce = Session.nonce();
        return Taken.of(s.row("select * from claim(1, 2, " + worker + ", " + nonce + ")"), nonce, false);
    }

    private long hold(long lease, int worker) {
        s.enqueue(1);
        long nonce = Session.nonce();
        Taken one = Taken.of(s.row("select * from claim(1, 1, " + worker + ", " + nonce + ")"), nonce, false);
        s.run(hold(one, lease));
        return one.positions().get(0);
    }

    private static String hold(Taken claim, long lease) {
        return closing(claim, "h", 3_600_000L, lease);
    }

    private static String closing(Taken claim, String outcome, long delay, long lease) {
        return "select * from close(" + token(claim) + ", array['" + claim.bits(0) + "'], array['" + outcome + "'], "
                + Session.nonce() + ", array[1], array[0], array['" + outcome + "'], array[" + delay
                + "]::bigint[], array[" + lease + "]::bigint[], array['{\"reason\":\"test\"}'])";
    }

    private static String token(Taken claim) {
        return "array[" + claim.segment() + "]::bigint[], array[" + claim.lane() + "], array[" + claim.no()
                + "]::bigint[], array[" + claim.nonce() + "]::bigint[]";
    }

    // --- the steps

    private void act(String name, String call) {
        acts.put(name, Act.of(name, call));
    }

    private void act(String name, List<String> before, String call, List<String> after) {
        acts.put(name, new Act(name, before, call, after));
    }

    private void hot() {
        act("enqueue", "select " + Session.enqueueCall(1));
        act(
                "enqueue_scheduled",
                "select submit(array[1], array[1], array[25], array['{}'], null, null,"
                        + " array[1000]::bigint[], null, null, true, false)");
        act(
                "enqueue_unique",
                "select submit(array[1], array[1], array[25], array['{}','{}'], null, null, null, array['" + Ask.key(5)
                        + "','" + Ask.key(4) + "']::uuid[], array[22, 22], true, false)");
        // The bodies follow by COPY into the child that is locked then.
        act(
                "enqueue_unique_bulk",
                "select reserve_unique(array[1], 2, array['" + Ask.key(5) + "','" + Ask.key(4)
                        + "']::uuid[], array[22, 22], true, false)");
        act("enqueue_duplicate", Ask.call(1, Ask.ALWAYS, null, true));
        act("claim", Session.claimCall(1, 2, Session.nonce()));
        act(
                "claim_unsealed",
                List.of("update generations set sealed_at = null where segment = 2"),
                Session.claimCall(1, 2, Session.nonce()),
                List.of("update generations set sealed_at = created_at where segment = 2"));
        act("replay", "select * from replay(1, 77)");
        act("complete", Item.close(Session.nonce(), List.of(Item.completed(second), Item.completed(first))));
        act("retry", closing(first, "t", 1_000, 0));
        act("hold", hold(first, 600));
        act("release", Item.release(Session.nonce(), List.of(new Item(first, "11", "r"), new Item(second, "11", "r"))));
        act("claim_last", Session.claimCall(1, 100, Session.nonce()));
        act(
                "release_last",
                List.of("insert into exhausted values (2, 1)"),
                Item.release(Session.nonce(), List.of(new Item(first, "11", "r"))),
                List.of("delete from exhausted"));
        act(
                "settle",
                "select * from settle(array[" + HELD + "," + PARKED + "]::bigint[], array['c', 't'], null, null, "
                        + Session.nonce() + ")");
        act("report", "select report(array[" + HELD + "]::bigint[], array[1]::bigint[], array['{}'])");
        act(
                "complete_with",
                "select * from close_with(" + token(first) + ", array['11'], array['c'], "
                        + Session.nonce()
                        + ", null, null, null, null, null, null, array[1], array[0], array[1], array[1],"
                        + " array[25], array['{}'], array[null], null, null, array['" + Ask.key(6)
                        + "']::uuid[], array[22])");
        act(
                "settle_with",
                "select * from settle_with(array[" + PARKED + "]::bigint[], array['c'], null, null, "
                        + Session.nonce()
                        + ", array[1], array[1], array[1], array[25], array['{}'], array[null], null, null,"
                        + " array['" + Ask.key(7) + "']::uuid[], array[22])");
        act("beat", "select beat(1)");
        act("register_callback", "select * from register_callback(" + HELD + ", " + Session.nonce() + ")");
        act(
                "answer_callback",
                "select * from answer_callback('" + token + "', 'fail', null, '{}', " + Session.nonce() + ", 60000)");
        act("bodies", "select * from bodies(2, array[" + waiting.get(0) + "]::bigint[])");
    }

    private void operators() {
        act("ensure_lane", "select ensure_lane('other', 3)");
        act("get", "select * from job(" + waiting.get(0) + ")");
        act("cancel_available", Life.call("cancel", "{\"reason\":\"r\"}", waiting.get(0), waiting.get(1)));
        act(
                "cancel_running",
                Life.call(
                        "cancel",
                        "{}",
                        first.positions().get(0),
                        second.positions().get(0)));
        act("cancel_held", Life.call("cancel", "{}", held));
        act("retry_failed", Life.call("retry", "{}", failed));
        act("retry_waiting", Life.call("retry", "{}", parked));
        act("retry_cancelled", Life.call("retry", "{}", cancelled));
        act("move_job", Life.call("move", "{\"priority\":2}", waiting.get(0)));
        act("delete", Life.call("delete", "{}", waiting.get(0)));
        act("bury", Life.call("bury", "{}", failed));
        act("request", "select request('{\"op\":\"cancel\",\"ids\":[1]}')");
        act("pause", "select pause('q', 'me')");
        act("trigger_schedule", "select * from trigger_schedule('s')");
    }

    private void maintenance() {
        String back = "select setval('current_segment', " + (3 << 8 | 2) + ")";
        List<String> registered = List.of("insert into generations (segment, child) values (4, 3)");
        List<String> gone = List.of("delete from generations where segment = 4", back);
        act("register", "select register()");
        act("move", registered, "select move()", gone);
        act(
                "seal",
                List.of(registered.get(0), "select setval('current_segment', " + (4 << 8 | 3) + ")"),
                "select * from seal(3)",
                gone);
        act("exhaust", "select exhaust(1, " + Session.nonce() + ")");
        act("finish", "select * from finish(2, '{}', '{}')");
        act(
                "finish_done",
                List.of("update generations set finished_at = null where segment = 1"),
                "select * from finish(1, '{}', '{}')",
                List.of("update generations set finished_at = created_at where segment = 1"));
        act("prune", "select * from prune(1, interval '0')");
        act("rescue", new Rescuer(s).call(2));
        act("rescue_held", Rescuer.heldCall("{" + DEAD + "}"));
        act("rescue_expired", Rescuer.expiredCall(0, 0));
        act(
                "forget_workers",
                List.of("insert into workers (name, rescued_at) values ('gone', now() - interval '2 days')"),
                "select forget_workers(array(select generate_series(1, 1000)), 86400000, 500)",
                List.of("delete from workers where name = 'gone'"));
        act("promote", Entered.round(100));
        act("apply_request", "select * from apply_request(1, " + request + ", " + Session.nonce() + ")");
        act("apply_request_held", "select * from apply_request(1, " + requestOfHeld + ", " + Session.nonce() + ")");
        act(
                "fire_schedule",
                "select fire_schedule('s', " + s.number("select version from schedules")
                        + ", null, array[clock_timestamp()], clock_timestamp())");
    }

    private void storeMaintenance() {
        String back = "select setval('current_store', " + (3 << 8 | 2) + ")";
        List<String> registered = List.of("insert into stores (store, child) values (4, 3)");
        List<String> gone = List.of("delete from stores where store = 4", back);
        act("register_store", "select register_store()");
        act("move_store", registered, "select move_store()", gone);
        act(
                "seal_store",
                List.of(registered.get(0), "select setval('current_store', " + (4 << 8 | 3) + ")"),
                "select * from seal_store(3)",
                gone);
        act("count_store", "select count_store(2)");
        act("carry", Entered.carryCall(2, 3));
        act("carry_keys", "select * from carry_keys(2, '" + new java.util.UUID(0, 0) + "', 1000)");
        act("finish_store", "select * from finish_store(2, null, null)");
        act(
                "finish_store_done",
                List.of("update stores set finished_at = null where store = 1"),
                "select * from finish_store(1, null, null)",
                List.of("update stores set finished_at = created_at where store = 1"));
        act("prune_store", "select * from prune_store(1)");
    }

    private void contested() {
        for (int segment = 1; segment <= 3; segment++) {
            points.put("segment " + segment, "select from generations where segment = " + segment + " for update");
        }
        for (int store = 1; store <= 3; store++) {
            points.put("store " + store, "select from stores where store = " + store + " for update");
        }
        points.put("schedule", "select from schedules for update");
        points.put("worker", "select from workers where worker = 1 for update");
        points.put("queue", "select from queues for update");
        points.put(
                "ledger",
                "insert into claims_1 select no + 1, 0, high, judge, claimed_at, null, lane, 0, 0, '{}', old,"
                        + " young from claims_1 where lane = 1 order by no desc limit 1");
        points.put(
                "exhaustion", "insert into exhausted values (2, 1) on conflict (segment, lane) do update set lane = 1");
        closure("closure 1", first);
        closure("closure 2", second);
        closure("closure 3", orphans);
        // Numbered as the entries are.
        ending("ending 1", "e.origin = " + failed);
        ending("ending 2", "e.lease = " + HELD);
        ending("ending 3", "e.lease = " + ORPHAN);
        ending("ending 4", "e.lease = " + LATE);
        ending("ending 5", "e.lease = " + PARKED + " and e.state = 'w'");
        ending("ending 6", "e.entry = " + due.get(0));
        ending("ending 7", "e.entry = " + due.get(1));
        ending("ending 8", "e.origin = " + request);
        ending("ending 9", "e.origin = " + requestOfHeld);
        for (int i = 0; i < keyed.gated().size(); i++) {
            ending("ending " + (10 + i), "e.origin = " + keyed.gated().get(i));
        }
        points.put("mark", "insert into marks_1 values (" + waiting.get(0) + ", 'x')");
        points.put("rest", "insert into marks_1 values (" + -cancelled + ", 'p')");
    }

    private void closure(String name, Taken claim) {
        points.put(name, "insert into closures_1 values (" + claim.no() + ", 0, now(), 1, 1, 'c', B'11')");
    }

    private void ending(String name, String which) {
        points.put(
                name,
                "insert into endings_1 select e.entry, 0, now(), 'c' from entries_1 e where " + which
                        + " and not exists (select from endings_1 x where x.entry = e.entry)");
    }
}
