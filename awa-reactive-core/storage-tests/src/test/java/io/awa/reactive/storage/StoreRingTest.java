package io.awa.reactive.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Rotate, seal, finish and prune of the store: crashes, aborts and rivals at each step. */
class StoreRingTest extends StorageTest {

    @Test
    void anEmptyStoreIsNotRotated() {
        assertThat(Entered.rotate(a)).isEqualTo("SkippedIdle");
        Entered.add(a, "s", 1_000_000);
        assertThat(Entered.rotate(a)).isEqualTo("Rotated");
        assertThat(Entered.rotate(a)).isEqualTo("SkippedIdle");
        assertThat(Entered.stores(a)).isEqualTo("1 closing, 2 current");
    }

    /** Trap 22: a crash between register and move. */
    @Test
    void aRegisteredStoreWaitsForTheNextMove() {
        Entered.add(a, "s", 1_000_000);
        assertThat(a.text("select register_store()")).isEqualTo("Registered");
        Entered.add(a, "s", 1_000_000);
        assertThat(a.number("select count(*) from entries_0")).isEqualTo(2);
        assertThat(Entered.seal(a, 1)).isEqualTo("Idle");
        assertThat(Entered.stores(a)).isEqualTo("1 current, 2 next");
        assertThat(problems()).isEmpty();
        assertThat(b.text("select register_store()")).isEqualTo("Registered");
        assertThat(b.text("select move_store()")).isEqualTo("Rotated");
        Entered.add(a, "s", 1_000_000);
        assertThat(a.number("select count(*) from entries_1")).isEqualTo(1);
    }

    /** Trap 22: setval is not undone. */
    @Test
    void aMoverThatAbortsHasMovedAllTheSame() {
        Entered.add(a, "s", 1_000_000);
        a.run("select register_store()");
        a.begin();
        assertThat(a.text("select move_store()")).isEqualTo("Rotated");
        Entered.add(b, "s", 1_000_000);
        a.rollback();
        assertThat(a.number("select count(*) from entries_1")).isEqualTo(1);
        assertThat(Entered.seal(b, 1)).isEqualTo("Sealed");
        assertThat(problems()).isEmpty();
    }

    @Test
    void twoLeadersMoveOnce() {
        Entered.add(a, "s", 1_000_000);
        a.begin();
        assertThat(a.text("select register_store()")).isEqualTo("Registered");
        CompletableFuture<List<Row>> rival = b.send("select register_store()");
        c.untilBlocked(b);
        a.commit();
        Session.await(rival);
        Gate gate = Gate.before(c, "move_store", "perform from").shut();
        CompletableFuture<List<Row>> late = b.send("select move_store()");
        a.untilBlocked(b);
        c.run("select setval('current_store', 2 << 8 | 1)");
        gate.open();
        assertThat(Session.await(late).get(0).first()).isEqualTo("Idle");
        assertThat(Entered.stores(a)).isEqualTo("1 closing, 2 current");
    }

    /** D4 in the store: the snapshot is older than the rotation, the entry is not lost. */
    @Test
    void aWriterWithAnOldSnapshotWritesIntoTheCurrentStore() {
        a.begin("repeatable read");
        Entered.add(b, "s", 1_000_000);
        Entered.rotate(b);
        assertThat(Entered.seal(b, 1)).isEqualTo("Sealed");
        long entry = Entered.add(a, "s", -1);
        a.commit();
        assertThat(b.number("select count(*) from entries_1 where entry = " + entry))
                .isEqualTo(1);
        assertThat(Entered.promote(b, 1)).isEqualTo(1);
    }

    /** Its snapshot is older than a whole turn of the ring. */
    @Test
    void aWriterWithAnOldSnapshotAcrossReclaims() {
        a.begin("repeatable read");
        for (long store = 1; store <= 6; store++) {
            Entered.add(b, "t", -1);
            Entered.promote(b, (int) (b.number("select last_value & 255 from current_store")));
            Entered.rotate(b);
            assertThat(Entered.reclaim(b, store)).isEqualTo("Pruned");
        }
        long entry = Entered.add(a, "s", -1);
        a.commit();
        assertThat(Entered.live(b)).extracting(row -> row.number("entry")).containsExactly(entry);
        assertThat(b.number("select last_value from reclaimed_stores")).isEqualTo(5);
    }

    @Test
    void aLateWriterBlocksTheSealAndNothingElse() {
        a.begin();
        long late = Entered.add(a, "s", -1);
        Entered.add(b, "s", 1_000_000);
        Entered.rotate(b);
        Row blocked = b.row("select * from seal_store(1)");
        assertThat(blocked.text("outcome")).isEqualTo("Blocked");
        assertThat(blocked.text("relation")).isEqualTo("entries_0");
        Entered.add(b, "s", 1_000_000);
        a.commit();
        assertThat(Entered.seal(b, 1)).isEqualTo("Sealed");
        assertThat(b.number("select count_store(1)")).isEqualTo(2);
        assertThat(b.text("select count_store(1)")).isEqualTo("null");
        assertThat(b.number("select entries from stores where store = 1")).isEqualTo(2);
        assertThat(Entered.promote(b, 0)).isEqualTo(1);
        assertThat(b.number("select origin from jobs_0")).isEqualTo(late);
    }

    /** Between the look at the pointer and the lock of the child the ring goes on. */
    @Test
    void anAdderThatStallsAddsToTheCurrentStore() {
        Entered.add(a, "s", 1_000_000);
        Gate gate = Gate.before(c, "enter_store_0", "lock table").shut();
        CompletableFuture<List<Row>> adder = a.send(Entered.call("s", 1_000_000, 1));
        b.untilBlocked(a);
        Entered.rotate(b);
        assertThat(Entered.seal(b, 1)).isEqualTo("Sealed");
        gate.open();
        Session.await(adder);
        assertThat(b.number("select count(*) from entries_0")).isEqualTo(1);
        assertThat(b.number("select count(*) from entries_1")).isEqualTo(1);
    }

    @Test
    void oneSealerOfTwo() {
        Entered.add(a, "s", 1_000_000);
        Entered.rotate(a);
        a.begin();
        assertThat(Entered.seal(a, 1)).isEqualTo("Sealed");
        CompletableFuture<List<Row>> rival = b.send("select outcome from seal_store(1)");
        c.untilBlocked(b);
        a.commit();
        assertThat(Session.await(rival).get(0).first()).isEqualTo("Idle");
    }

    @Test
    void finishSeesEveryLiveEntry() {
        long due = Entered.add(a, "t", -1);
        Entered.add(a, "f", -1);
        long resting = Entered.add(a, "d", 1_000_000);
        Entered.rotate(a);
        assertThat(Entered.finish(a, 1)).isEqualTo("Idle");
        Entered.seal(a, 1);
        assertThat(Entered.finish(a, 1)).isEqualTo("entries");
        Entered.end(a, 0, "x", due);
        assertThat(Entered.finish(a, 1)).isEqualTo("entries");
        Entered.end(a, 0, "g", resting);
        b.begin();
        assertThat(Entered.prune(b, 1)).isEqualTo("Idle");
        assertThat(Entered.finish(b, 1)).isEqualTo("Finished");
        b.rollback();
        assertThat(Entered.prune(b, 1)).isEqualTo("Idle");
        assertThat(Entered.finish(b, 1)).isEqualTo("Finished");
        assertThat(Entered.finish(b, 1)).isEqualTo("Idle");
        assertThat(Entered.prune(b, 1)).isEqualTo("Pruned");
        assertThat(Entered.prune(b, 1)).isEqualTo("Idle");
        assertThat(a.number("select count(*) from entries_0")).isZero();
    }

    /** What rests until it is forgotten needs no ending, and no carrying. */
    @Test
    void theForgottenAreLeftBehind() {
        Entered.add(a, "f", -1, 5);
        Entered.add(a, "d", -1, 5);
        Entered.add(a, "x", -1, 5);
        Entered.rotate(a);
        Entered.seal(a, 1);
        assertThat(Entered.carry(a, 1).text("outcome")).isEqualTo("Spent");
        assertThat(Entered.finish(a, 1)).isEqualTo("Finished");
    }

    /** Trap 27. */
    @Test
    void aReaderBlocksThePruneAndNobodyWaits() {
        long entry = Entered.add(a, "t", -1);
        Entered.rotate(a);
        Entered.end(a, 0, "x", entry);
        Entered.seal(a, 1);
        assertThat(Entered.finish(a, 1)).isEqualTo("Finished");
        for (String table : new String[] {"entries_0", "endings_0", "progress_0", "keys_0"}) {
            b.begin();
            b.run("select count(*) from " + table);
            Row blocked = a.row("select * from prune_store(1)");
            assertThat(blocked.text("outcome")).isEqualTo("Blocked");
            assertThat(blocked.text("relation")).isEqualTo(table);
            b.commit();
        }
        assertThat(a.number("select last_value from reclaimed_stores")).isZero();
        assertThat(Entered.prune(a, 1)).isEqualTo("Pruned");
        assertThat(a.row("select is_called as x from reclaimed_stores").flag("x"))
                .isTrue();
    }

    /** A retry of a resting entry that has been read but not ended yet, and a prune that may not come between. */
    @Test
    void aRetryOfTheForgottenKeepsThePruneOut() {
        long entry = Entered.add(a, "f", -1);
        Entered.rotate(a);
        Entered.seal(a, 1);
        assertThat(Entered.finish(a, 1)).isEqualTo("Finished");
        b.begin();
        assertThat(b.rows("select * from entries_of(" + entry + ")")).hasSize(1);
        assertThat(Entered.prune(a, 1)).isEqualTo("Blocked");
        assertThat(Entered.end(b, 0, "p", entry)).containsExactly(entry);
        b.commit();
        assertThat(Entered.prune(a, 1)).isEqualTo("Pruned");
    }

    /** A call that is sent again finds what it ended, and leaves alone what became of that since, while the store is kept. */
    @Test
    void aFinishedStoreIsKeptForCallsThatAreSentAgain() {
        long id = Life.in(a, "q").job("running, held");
        String park = "select accepted, fresh from settle(array[" + ((1L << 50) + id)
                + "]::bigint[], array['w'], array[60000]::bigint[], null, 77)";
        assertThat(a.row(park).flag("fresh")).isTrue();
        long parked = Entered.live(a).get(0).number("entry");
        assertThat(Entered.end(a, 0, "h", parked)).containsExactly(parked);
        a.run("select follow(array[0], array[" + parked + "]::bigint[], array['h'], null, null, null)");
        Entered.rotate(a);
        Entered.seal(a, 1);
        assertThat(Entered.carry(a, 1).number("moved")).isEqualTo(1);
        assertThat(Entered.finish(a, 1)).isEqualTo("Finished");
        assertThat(prune("1 minute")).isEqualTo("Idle");

        Row again = a.row(park);

        assertThat(again.flag("accepted")).isTrue();
        assertThat(again.flag("fresh")).isFalse();
        assertThat(Life.state(a, id)).isEqualTo("running");
        a.run("update stores set finished_at = finished_at - interval '1 minute' where store = 1");
        assertThat(prune("1 minute")).isEqualTo("Pruned");
    }

    private String prune(String keep) {
        return a.row("select * from prune_store(1, 0, interval '" + keep + "')").text("outcome");
    }

    @Test
    void noFreeChildStopsNothing() {
        for (int i = 0; i < 3; i++) {
            Entered.add(a, "s", 1_000_000);
            assertThat(Entered.rotate(a)).isEqualTo("Rotated");
        }
        Entered.add(a, "s", 1_000_000);
        assertThat(Entered.rotate(a)).isEqualTo("SkippedBusy");
        Entered.add(a, "s", -1);
        assertThat(Entered.promote(a, 3)).isEqualTo(1);
        assertThat(Entered.reclaim(a, 2)).isEqualTo("Pruned");
        assertThat(Entered.rotate(a)).isEqualTo("Rotated");
        assertThat(Entered.live(a)).hasSize(4);
    }

    private List<String> problems() {
        return a.texts("select problem from check_lanes()");
    }
}
