package io.awa.reactive.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Trap 8: versions of one key in several stores, and stores that go while someone looks. */
class UniqueRotationTest extends StorageTest {

    /** Trap 8. */
    @Test
    void theNewestVersionIsFoundInWhateverStore() {
        Ask first = Ask.job(a, 1, Ask.ALWAYS);
        Lives.rotateStore(a, 2, 1);
        assertThat(Ask.job(a, 1, Ask.ALWAYS).duplicateOf(first)).isTrue();
        a.complete(a.claim(1));
        Ask second = Ask.job(a, 1, Ask.ALWAYS);
        assertThat(second.stored()).isTrue();
        Lives.rotateStore(a, 3, 2);
        assertThat(Ask.job(b, 1, Ask.ALWAYS).duplicateOf(second)).isTrue();
        assertThat(a.rows("select version from keys_0 union all select version from keys_1 order by 1"))
                .extracting(row -> row.number("version"))
                .containsExactly((1L << 32) + 1, (2L << 32) + 1);
    }

    /** Trap 8: a taker that stalls while the pointer moves stays where it is or goes on; the next one finds it. */
    @Test
    void thePointerMovesUnderATaker() {
        Gate gate = Gate.before(c, "enter_store", "exit when v_now = v_cell").shut();
        CompletableFuture<Ask> late = Ask.sent(a, 1);
        b.untilBlocked(a);
        Lives.rotateStore(b, 2, 1);
        gate.open();
        Ask first = Session.await(late);
        assertThat(Ask.job(b, 1).duplicateOf(first)).isTrue();

        Gate earlier = Gate.before(c, "enter_store", "case v_cell & 255").shut();
        CompletableFuture<Ask> stalled = Ask.sent(a, 2);
        b.untilBlocked(a);
        Lives.rotateStore(b, 3, 2);
        Lives.sealStore(b, 2, 1);
        earlier.open();
        Ask second = Session.await(stalled);
        assertThat(second.stored()).isTrue();
        assertThat(b.number("select count(*) from keys_2 where key = '" + Ask.key(2) + "'"))
                .isEqualTo(1);
        assertThat(Ask.job(b, 2).duplicateOf(second)).isTrue();
    }

    /** A seal waits for takers: whoever holds the store keeps it open. */
    @Test
    void aTakerKeepsItsStoreOpen() {
        a.begin();
        Ask.job(a, 1);
        Lives.rotateStore(b, 2, 1);
        b.begin();
        assertThat(b.refusal("lock table entries_0 in share mode nowait")).isEqualTo("55P03");
        b.rollback();
        a.commit();
        Lives.sealStore(b, 1, 0);
    }

    /** U4: an unseen version can be in a store that is no longer current and was not sealed yet. */
    @Test
    void anOldSnapshotBeforeASeal() {
        a.begin("repeatable read");
        Ask first = Ask.job(b, 1);
        Lives.rotateStore(b, 2, 1);
        assertThat(a.refusal(call(1))).isEqualTo("40001");
        a.rollback();

        a.begin("repeatable read");
        assertThat(Ask.job(a, 1).duplicateOf(first)).isTrue();
        assertThat(a.refusal(call(2)))
                .as("the older store was open when it looked")
                .isEqualTo("40001");
        a.rollback();

        Lives.sealStore(b, 1, 0);
        a.begin("repeatable read");
        assertThat(Ask.job(a, 2).stored()).isTrue();
        a.commit();
    }

    @Test
    void anOldSnapshotAcrossTwoRotations() {
        a.begin("serializable");
        Lives.rotateStore(b, 2, 1);
        Lives.sealStore(b, 1, 0);
        Ask.job(b, 1);
        Lives.rotateStore(b, 3, 2);
        Lives.sealStore(b, 2, 1);
        assertThat(a.refusal(call(1))).isEqualTo("40001");
        a.rollback();
    }

    /** U5: a TRUNCATE empties the store for older snapshots as well. */
    @Test
    void anOldSnapshotAndAStoreThatWasGivenBack() {
        Ask first = Ask.job(b, 1);
        Lives.rotateStore(b, 2, 1);
        Lives.sealStore(b, 1, 0);
        a.begin("repeatable read");
        // as a store's carrying would: the version in the newer store, then the older one goes
        b.run("insert into keys_1 select key, version, job, clock_timestamp(), states from keys_0");
        Lives.reclaimStore(b, 1, 0);
        assertThat(a.refusal(call(1))).isEqualTo("40001");
        a.rollback();
        a.begin("repeatable read");
        assertThat(Ask.job(a, 1).duplicateOf(first)).isTrue();
        assertThat(Ask.job(a, 2).stored()).isTrue();
        a.commit();
    }

    /** U5: the segment that shows where the holder went is gone; in the store it lives. */
    @Test
    void anOldSnapshotAndASegmentThatWasPruned() {
        Ask first = Ask.job(b, 1);
        a.begin("repeatable read");
        Lives.end(b, b.claim(1), 't', 3_600_000);
        b.rotate();
        assertThat(b.reclaim(1)).isEqualTo("Pruned");
        assertThat(Lives.state(b, first.id())).isEqualTo("t");
        assertThat(a.refusal(call(1))).isEqualTo("40001");
        a.rollback();
        assertThat(Ask.job(b, 1).duplicateOf(first)).isTrue();
    }

    /**
     * U4: the version that the snapshot does not show was taken above one that is gone by the time of the snapshot, since
     * its job had ended. The snapshot shows none at all.
     */
    @Test
    void anOldSnapshotAndAVersionThatWasLeftBehind() {
        Ask.job(b, 1, Ask.ALWAYS);
        b.complete(b.claim(1));
        Lives.rotateStore(b, 2, 1);
        a.begin();
        Ask second = Ask.job(a, 1, Ask.ALWAYS);
        assertThat(second.stored()).isTrue();
        assertThat(Entered.reclaim(b, 1)).isEqualTo("Pruned");
        c.begin("repeatable read");
        c.run("select 1");
        a.commit();
        assertThat(c.refusal(Ask.call(1, Ask.ALWAYS, null, true))).isEqualTo("40001");
        c.rollback();
        c.begin("repeatable read");
        assertThat(Ask.job(c, 1, Ask.ALWAYS).duplicateOf(second)).isTrue();
        c.commit();
    }

    /** READ COMMITTED: a store carried and given back between two looks hides nothing. */
    @Test
    void aStoreGoesWhileSomeoneWaitsForTheKey() {
        Ask first = Ask.job(b, 1);
        Lives.rotateStore(b, 2, 1);
        Lives.sealStore(b, 1, 0);
        Gate gate = Gate.before(c, "ask_for", "l := ").shut();
        CompletableFuture<Ask> late = Ask.sent(a, 1);
        b.untilBlocked(a);
        b.run("insert into keys_1 select key, version, job, clock_timestamp(), states from keys_0");
        Lives.reclaimStore(b, 1, 0);
        gate.open();
        assertThat(Session.await(late).duplicateOf(first)).isTrue();
    }

    /** An aborted reclaim changes nothing for anybody. */
    @Test
    void anAbortedReclaimRefusesNobody() {
        Ask first = Ask.job(b, 1);
        Lives.rotateStore(b, 2, 1);
        Lives.sealStore(b, 1, 0);
        b.begin();
        b.run("truncate entries_0, endings_0, progress_0, keys_0");
        b.run("select nextval('reclaimed_stores')");
        b.rollback();
        a.begin("repeatable read");
        assertThat(List.of(Ask.job(a, 1).duplicateOf(first), Ask.job(a, 2).stored()))
                .containsOnly(true);
        a.commit();
    }

    private static String call(int key) {
        return Ask.call(key, Ask.DEFAULT, null, true);
    }
}
