package io.awa.reactive.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** First in, first out within a lane, in the order of commits, over segments and under every stall of a claimer. */
class ClaimOrderTest extends StorageTest {

    @Test
    void olderSegmentsFirst() {
        for (int i = 0; i < 3; i++) {
            a.enqueue(2);
            a.rotate();
        }
        a.enqueue(2);
        assertThat(a.claim(1).seqs()).containsExactly(1);
        a.seal(1);
        a.seal(2);
        assertThat(a.claimAll()).containsExactly(2, 3, 4, 5, 6, 7, 8);
    }

    /** Trap 24: a newer segment is sealed, an older one is kept open by a long transaction. */
    @Test
    void anUnsealedSegmentOlderThanASealedOne() {
        a.begin();
        a.enqueue(1);
        b.enqueue(2);
        b.rotate();
        b.enqueue(2);
        b.rotate();
        b.enqueue(1);
        assertThat(b.seal(1)).isEqualTo("Blocked");
        assertThat(b.seal(2)).isEqualTo("Sealed");
        assertThat(b.claim(1).seqs()).containsExactly(2);
        assertThat(b.claim(9).seqs()).containsExactly(3);
        assertThat(b.claim(1).seqs()).containsExactly(4);
        a.commit();
        assertThat(b.claim(9).seqs()).containsExactly(1);
        assertThat(b.claimAll()).containsExactly(5, 6);
    }

    /** The list is read, then the segments newest first: what commits into an older one meanwhile is not overtaken. */
    @Test
    void aCommitBetweenTheProbes() {
        a.begin();
        a.enqueue(1);
        b.enqueue(1);
        b.rotate();
        Taken first = b.claim(1);
        assertThat(first.seqs()).containsExactly(2);
        Session d = session();
        d.begin();
        assertThat(d.enqueue(1)).containsExactly(3);

        Gate gate =
                Gate.before(c, "claim_lane", "case g.child", "g.child").shut(0).shut(1);
        CompletableFuture<List<Row>> claim = b.send(Session.claimCall(1, 9, Session.nonce()));
        c.untilBlocked(b);
        // Whichever segment it reads first, the commits come after that and before it reads the other.
        int child = gate.waiting(c);
        gate.open(child);
        gate.untilWaitedFor(c, 1 - child);
        a.commit();
        d.commit();
        gate.open(1 - child);
        assertThat(Taken.of(Session.await(claim).get(0), 0, false).seqs()).containsExactly(1);
        assertThat(a.claimAll()).containsExactly(3);
    }

    /** Trap 17: a segment that became sealed and a new one that began after the list was read. */
    @Test
    void aRotationAndASealAfterTheList() {
        a.begin();
        a.enqueue(1);
        b.enqueue(1);
        Gate gate = Gate.before(c, "claim_lane", "case g.child", "g.child").shut(0);
        CompletableFuture<List<Row>> claim = b.send(Session.claimCall(1, 9, Session.nonce()));
        c.untilBlocked(b);
        a.commit();
        assertThat(a.rotate()).isEqualTo("Rotated");
        assertThat(a.seal(1)).isEqualTo("Sealed");
        a.enqueue(1);
        gate.open(0);
        assertThat(Taken.of(Session.await(claim).get(0), 0, false).seqs()).containsExactly(1, 2);
        assertThat(a.number("select count(*) from exhausted"))
                .as("not known to be sealed when it was probed")
                .isZero();
        assertThat(a.claimAll()).containsExactly(3);
    }

    /** Trap 23: listed, then stalled until the child carries another segment with other jobs. */
    @Test
    void aListOlderThanTheRing() {
        a.enqueue(1);
        a.complete(a.claim(1));
        a.rotate();
        a.seal(1);
        Gate gate = Gate.before(c, "claim_lane", "case g.child", "g.child").shut(0);
        CompletableFuture<List<Row>> stalled = b.send(Session.claimCall(1, 9, Session.nonce()));
        c.untilBlocked(b);
        // The lane key only saves work: without it rivals come at once.
        a.run(a.text("select pg_get_functiondef('claim_lane'::regproc)")
                .replaceAll("perform pg_advisory_xact_lock_shared\\([^;]*;", "")
                .replace("not pg_try_advisory_xact_lock", "null and not pg_try_advisory_xact_lock"));
        assertThat(a.claim(1).status()).isEqualTo("again");
        assertThat(a.finish(1)).isEqualTo("Finished");
        assertThat(a.prune(1)).isEqualTo("Pruned");
        a.enqueue(1);
        a.rotate();
        assertThat(a.number("select child from generations where segment = 3")).isZero();
        Session d = session();
        d.begin();
        d.enqueue(1);
        assertThat(a.enqueue(2)).containsExactly(4, 5);
        gate.open(0);

        assertThat(Taken.of(Session.await(stalled).get(0), 0, false).status()).isEqualTo("again");
        assertThat(a.number("select count(*) from claims_0")).isZero();
        assertThat(a.claim(9).seqs()).containsExactly(2);
        assertThat(a.claim(9).seqs()).containsExactly(4, 5);
        d.commit();
        assertThat(a.claimAll()).containsExactly(3);
    }

    /** The same by hand with the inner functions: taken in a segment that is gone, nothing is written. */
    @Test
    void takingInAReclaimedSegmentWritesNothing() {
        a.enqueue(1);
        a.complete(a.claim(1));
        a.rotate();
        assertThat(a.reclaim(1)).isEqualTo("Pruned");
        String take =
                ", 1, 1, 77, 1, 2199023255553, 1, '{[2199023255553,2199023255554)}', '{}', '{}', '0', now(), null)";
        assertThat(a.row("select take_0(1" + take).flag("take_0")).isFalse();
        assertThat(a.row("select take_0(9" + take).flag("take_0")).isFalse();
        assertThat(a.number("select count(*) from claims_0")).isZero();
    }

    /** The ledger's compare-and-set decides where no lane key is held. */
    @Test
    void twoClaimersWithTheSameView() {
        a.enqueue(4);
        a.run(a.text("select pg_get_functiondef('claim_lane'::regproc)")
                .replace("not pg_try_advisory_xact_lock", "null and not pg_try_advisory_xact_lock"));
        a.begin();
        assertThat(a.claim(2).seqs()).containsExactly(1, 2);
        CompletableFuture<List<Row>> rival = b.send(Session.claimCall(1, 3, Session.nonce()));
        c.untilBlocked(b);
        a.commit();
        assertThat(Session.await(rival).get(0).text("status")).isEqualTo("again");
        a.begin();
        a.claim(1);
        CompletableFuture<List<Row>> second = b.send(Session.claimCall(1, 3, Session.nonce()));
        c.untilBlocked(b);
        a.rollback();
        assertThat(Taken.of(Session.await(second).get(0), 0, false).seqs()).containsExactly(3, 4);
        assertThat(b.claimAll()).isEmpty();
    }

    @Test
    void aBusyLaneIsLeftAlone() {
        a.enqueue(2);
        a.begin();
        a.claim(1);
        assertThat(b.claim(1).status()).isEqualTo("busy");
        int other = lane("q", 2);
        a.commit();
        b.put(other, 1);
        a.begin();
        assertThat(a.claim(1).lane()).isEqualTo(1);
        a.commit();
        a.begin();
        Taken second = a.claim(1);
        assertThat(second.lane()).isEqualTo(other);
        a.commit();
    }

    @Test
    void manySegmentsInOrder() {
        Session producer = session();
        for (int i = 0; i < 3; i++) {
            producer.enqueue(50);
            producer.rotate();
        }
        producer.enqueue(50);
        List<Integer> seqs = a.claimAll();
        assertThat(seqs).hasSize(200).isSorted().doesNotHaveDuplicates();
    }
}
