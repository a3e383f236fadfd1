package io.awa.reactive.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Entries that are carried to the current store, against everybody who may want them meanwhile; both orders each. */
class CarryTest extends StorageTest {

    @Test
    void theCopyIsTheSameButForItsNumber() {
        for (String state : List.of("s", "t", "z", "h", "w", "f", "d", "x", "i")) {
            Entered.add(a, state, 1_000_000);
        }
        List<Row> before = Entered.live(a);
        sealed();
        Row row = Entered.carry(a, 1);
        assertThat(row.text("outcome")).isEqualTo("Carried");
        assertThat(row.number("moved")).isEqualTo(9);
        assertThat(Entered.carry(a, 1).text("outcome")).isEqualTo("Spent");
        List<Row> after = Entered.live(a);
        assertThat(after).hasSize(9).allMatch(r -> r.number("child") == 1);
        assertThat(after)
                .extracting(CarryTest::content)
                .isEqualTo(before.stream().map(CarryTest::content).toList());
        assertThat(a.text("select string_agg(distinct outcome::text, '') from endings_0"))
                .isEqualTo("m");
        assertThat(Entered.finish(a, 1)).isEqualTo("Finished");
    }

    @Test
    void whatIsOverdueIsDueNow() {
        Entered.add(a, "s", -1);
        sealed();
        Entered.carry(a, 1);
        assertThat(a.row("select e.due_at >= x.at as later from entries_1 e, endings_0 x")
                        .flag("later"))
                .as("S2: a low-water may have passed its old time")
                .isTrue();
        assertThat(Entered.promote(a, 1)).isEqualTo(1);
        assertThat(Entered.promote(a, 0)).isZero();
    }

    @Test
    void inBatchesAndOnlyALook() {
        Entered.add(a, "t", 1_000_000, 25);
        sealed();
        assertThat(a.row(Entered.carryCall(1, 0)).text("outcome")).isEqualTo("Live");
        assertThat(a.number("select count(*) from endings_0")).isZero();
        long low = 0;
        for (int left = 25; left > 0; left -= 10) {
            Row row = a.row("select * from carry(1, " + low + ", 10, " + Session.nonce() + ")");
            assertThat(row.number("moved")).isEqualTo(Math.min(10, left));
            assertThat(row.number("low")).isGreaterThan(low);
            low = row.number("low");
        }
        assertThat(a.row("select * from carry(1, " + low + ", 10, 7)").text("outcome"))
                .isEqualTo("Spent");
        assertThat(Entered.live(a)).hasSize(25);
    }

    @Test
    void onlySealedStoresAreEmptied() {
        Entered.add(a, "t", 1_000_000);
        assertThat(Entered.carry(a, 1).text("outcome")).isEqualTo("Idle");
        Entered.rotate(a);
        assertThat(Entered.carry(a, 1).text("outcome")).isEqualTo("Idle");
        a.begin("repeatable read");
        assertThat(a.refusal(Entered.carryCall(1, 10))).isEqualTo("25001");
        a.rollback();
    }

    /** Trap 9. */
    @Test
    void theEndBeforeTheCarry() {
        long entry = Entered.add(a, "h", 1_000_000);
        sealed();
        a.begin();
        assertThat(Entered.end(a, 0, "c", entry)).hasSize(1);
        CompletableFuture<List<Row>> carry = b.send(Entered.carryCall(1, 10));
        c.untilBlocked(b);
        a.commit();
        assertThat(Session.await(carry).get(0).number("moved")).isZero();
        assertThat(Entered.live(a)).isEmpty();
    }

    /** Trap 9, the other way round. */
    @Test
    void theCarryBeforeTheEnd() {
        long entry = Entered.add(a, "h", 1_000_000);
        sealed();
        b.begin();
        Entered.carry(b, 1);
        CompletableFuture<List<Row>> end = a.send(Entered.endCall(0, "c", entry));
        c.untilBlocked(a);
        b.commit();
        assertThat(Session.await(end).get(0).longs("answer")).isEmpty();
        assertThat(Entered.live(a))
                .singleElement()
                .satisfies(row -> assertThat(row.number("origin")).isEqualTo(entry));
    }

    @Test
    void theCarryThatIsRolledBackLosesNothing() {
        long entry = Entered.add(a, "h", 1_000_000);
        sealed();
        b.begin();
        Entered.carry(b, 1);
        CompletableFuture<List<Row>> end = a.send(Entered.endCall(0, "c", entry));
        c.untilBlocked(a);
        b.rollback();
        assertThat(Session.await(end).get(0).longs("answer")).containsExactly(entry);
        assertThat(Entered.carry(b, 1).text("outcome")).isEqualTo("Spent");
    }

    /** Trap 9: the loser is told `again`, and finds the copy. */
    @Test
    void aSettleThatMeetsACarryFindsTheCopy() {
        long lease = held();
        sealed();
        b.begin();
        Entered.carry(b, 1);
        CompletableFuture<List<Row>> settle = a.send(settleCall(lease, "c", 41));
        c.untilBlocked(a);
        b.commit();
        Row first = Session.await(settle).get(0);
        assertThat(first.flag("accepted")).isFalse();
        assertThat(first.flag("again")).isTrue();
        Row second = a.row(settleCall(lease, "c", 41));
        assertThat(second.flag("accepted")).isTrue();
        assertThat(a.text("select outcome from endings_1")).isEqualTo("c");
        assertThat(a.row(settleCall(lease, "c", 41)).flag("accepted"))
                .as("sent again")
                .isTrue();
        assertThat(a.row(settleCall(lease, "f", 42)).columns()).isNotNull();
    }

    @Test
    void aCarryThatMeetsASettleCarriesNothing() {
        long lease = held();
        sealed();
        a.begin();
        assertThat(a.row(settleCall(lease, "t", 41)).flag("accepted")).isTrue();
        CompletableFuture<List<Row>> carry = b.send(Entered.carryCall(1, 10));
        c.untilBlocked(b);
        a.commit();
        assertThat(Session.await(carry).get(0).number("moved")).isZero();
        assertThat(Entered.live(a))
                .singleElement()
                .satisfies(row -> assertThat(row.text("state")).isEqualTo("t"));
    }

    /** S9: a report in flight keeps the carry away, for it could be missed. */
    @Test
    void aReportBeforeTheCarry() {
        long lease = held();
        sealed();
        a.begin();
        assertThat(report(a, lease, 1, "{\"percent\": 10}")).containsExactly(lease);
        Row blocked = Entered.carry(b, 1);
        assertThat(blocked.text("outcome")).isEqualTo("Blocked");
        assertThat(blocked.text("relation")).isEqualTo("progress_0");
        assertThat(b.number("select count(*) from endings_0")).isZero();
        a.commit();
        assertThat(Entered.carry(b, 1).number("moved")).isEqualTo(1);
        assertThat(b.text("select body->>'percent' from progress_1")).isEqualTo("10");
    }

    @Test
    void aReportAfterTheCarryGoesToTheCopy() {
        long lease = held();
        report(a, lease, 3, "{\"percent\": 30}");
        sealed();
        b.begin();
        Entered.carry(b, 1);
        CompletableFuture<List<Row>> late = a.send(reportCall(lease, 4, "{\"percent\": 40}"));
        c.untilBlocked(a);
        b.commit();
        assertThat(Session.await(late).get(0).longs("answer")).containsExactly(lease);
        report(a, lease, 2, "{\"percent\": 20}");
        assertThat(a.texts("select body->>'percent' from progress_1 order by seq"))
                .containsExactly("20", "30", "40");
        assertThat(a.number("select count(*) from progress_0")).isEqualTo(1);
        assertThat(Entered.finish(a, 1)).isEqualTo("Finished");
        assertThat(Entered.prune(a, 1)).isEqualTo("Pruned");
        a.run(settleCall(lease, "t", 9));
        assertThat(a.text("select extras->'progress'->>'percent' from entries_1 where state = 't'"))
                .isEqualTo("40");
    }

    /** A store without held entries is carried whatever is reported elsewhere. */
    @Test
    void reportsOfOthersDoNotMatter() {
        Entered.add(a, "t", 1_000_000);
        sealed();
        long lease = held();
        a.begin();
        report(a, lease, 1, "{}");
        assertThat(Entered.carry(b, 1).number("moved")).isEqualTo(1);
        a.commit();
    }

    @Test
    void thePromotionBeforeTheCarry() {
        Entered.add(a, "s", -1);
        sealed();
        a.begin();
        assertThat(Entered.promote(a, 0)).isEqualTo(1);
        CompletableFuture<List<Row>> carry = b.send(Entered.carryCall(1, 10));
        c.untilBlocked(b);
        a.commit();
        assertThat(Session.await(carry).get(0).number("moved")).isZero();
        assertThat(a.claimAll()).hasSize(1);
        assertThat(Entered.live(a)).isEmpty();
    }

    @Test
    void theCarryBeforeThePromotion() {
        long entry = Entered.add(a, "s", -1);
        sealed();
        b.begin();
        Entered.carry(b, 1);
        CompletableFuture<List<Row>> promote = a.send(Entered.promoteCall(0, "null", 10));
        c.untilBlocked(a);
        b.commit();
        assertThat(Session.await(promote).get(0).number("promoted")).isZero();
        assertThat(a.number("select count(*) from jobs_0")).isZero();
        assertThat(Entered.promote(a, 1)).isEqualTo(1);
        assertThat(a.number("select origin from jobs_0")).isEqualTo(entry);
    }

    /** Trap 14: an end that a caller has not committed holds up one entry, not the store. */
    @Test
    void aCarryLeavesOutWhoStandsInTheWay() {
        List<Long> all = Entered.add(a, "h", 1_000_000, 20);
        sealed();
        a.begin();
        Entered.end(a, 0, "c", all.get(7));
        b.run("set lock_timeout = '50ms'");
        Row row = Entered.carry(b, 1);
        assertThat(row.text("outcome")).isEqualTo("Carried");
        assertThat(row.number("moved")).isEqualTo(19);
        assertThat(row.number("low")).isZero();
        assertThat(Entered.carry(b, 1).text("outcome")).isEqualTo("Blocked");
        assertThat(Entered.finish(b, 1)).isEqualTo("entries");
        a.rollback();
        assertThat(Entered.carry(b, 1).number("moved")).isEqualTo(1);
        assertThat(Entered.live(a)).hasSize(20);
    }

    @Test
    void finishWaitsForTheCarryToCommit() {
        Entered.add(a, "s", 1_000_000);
        sealed();
        b.begin();
        Entered.carry(b, 1);
        assertThat(Entered.finish(a, 1)).isEqualTo("entries");
        b.commit();
        assertThat(Entered.finish(a, 1)).isEqualTo("Finished");
    }

    @Test
    void twoCarriersCarryOnce() {
        Entered.add(a, "s", 1_000_000, 30);
        sealed();
        a.begin();
        assertThat(a.row(Entered.carryCall(1, 10)).number("moved")).isEqualTo(10);
        CompletableFuture<List<Row>> rival = b.send(Entered.carryCall(1, 1_000));
        c.untilBlocked(b);
        a.commit();
        assertThat(Session.await(rival).get(0).number("moved")).isEqualTo(20);
        assertThat(Entered.live(a)).hasSize(30);
        assertThat(origins()).hasSize(30);
    }

    @Test
    void aCarrierThatIsKilledHasMovedNothing() {
        Entered.add(a, "s", 1_000_000, 30);
        sealed();
        Session victim = session();
        victim.begin();
        victim.row(Entered.carryCall(1, 10));
        a.run("select pg_terminate_backend(" + victim.pid() + ", 5000)");
        assertThat(Entered.live(a)).hasSize(30).allMatch(row -> row.number("child") == 0);
        assertThat(Entered.carry(b, 1).number("moved")).isEqualTo(30);
        assertThat(origins()).hasSize(30);
    }

    /** The current store rotates while entries are carried into it. */
    @Test
    void aRotationInTheMiddle() {
        Entered.add(a, "s", 1_000_000, 3);
        sealed();
        Gate gate = Gate.before(c, "enter_store_1", "lock table").shut();
        CompletableFuture<List<Row>> carry = a.send(Entered.carryCall(1, 10));
        b.untilBlocked(a);
        b.run("insert into stores (store, child) values (3, 2)");
        assertThat(b.text("select move_store()")).isEqualTo("Rotated");
        assertThat(Entered.seal(b, 2)).isEqualTo("Sealed");
        gate.open();
        assertThat(Session.await(carry).get(0).number("moved")).isEqualTo(3);
        assertThat(Entered.live(b)).hasSize(3).allMatch(row -> row.number("child") == 2);
    }

    private void sealed() {
        a.run("insert into entries_0 (entry, origin, created_at, until, lane, kind, attempt, max_attempts, state, args)"
                + " select nextval('entry_ids'), 1, now(), '2001-01-01', 1, 1, 0, 1, 'x', '{}'");
        assertThat(Entered.rotate(a)).isEqualTo("Rotated");
        assertThat(Entered.seal(a, 1)).isEqualTo("Sealed");
        a.run("delete from entries_0 where until = '2001-01-01'");
    }

    private long held() {
        long entry = Entered.add(a, "h", 1_000_000);
        return a.number("select lease from (" + Entered.union() + ") y where entry = " + entry);
    }

    private static String settleCall(long lease, String outcome, long closer) {
        return "select * from (values (1)) v left join settle(array[" + lease + "]::bigint[], array['" + outcome
                + "'], null, null, " + closer + ") on true";
    }

    private static String reportCall(long lease, long seq, String body) {
        return "select report(array[" + lease + "]::bigint[], array[" + seq + "]::bigint[], array['" + body
                + "']) as answer";
    }

    private static List<Long> report(Session session, long lease, long seq, String body) {
        return session.row(reportCall(lease, seq, body)).longs("answer");
    }

    private Set<Long> origins() {
        Set<Long> all = new HashSet<>();
        Entered.live(a).forEach(row -> all.add(row.number("origin")));
        return all;
    }

    private static String content(Row row) {
        Map<String, Object> columns = new java.util.TreeMap<>();
        row.columns().forEach((name, value) -> {
            if (!Set.of("entry", "child").contains(name)) {
                columns.put(name, String.valueOf(value));
            }
        });
        return columns.toString();
    }
}
