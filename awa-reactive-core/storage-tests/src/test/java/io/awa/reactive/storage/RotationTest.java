package io.awa.reactive.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Rotate and seal: crashes, aborts and rivals at each step, and what happens when no child is free. */
class RotationTest extends StorageTest {

    @Test
    void anEmptySegmentIsNotRotated() {
        assertThat(a.rotate()).isEqualTo("SkippedIdle");
        a.begin();
        a.enqueue(1);
        assertThat(b.rotate()).isEqualTo("SkippedIdle");
        a.rollback();
        assertThat(b.rotate()).isEqualTo("SkippedIdle");
        a.enqueue(1);
        assertThat(b.rotate()).isEqualTo("Rotated");
    }

    /** Trap 22: a crash between register and move. */
    @Test
    void aRegisteredSegmentWaitsForTheNextMove() {
        a.enqueue(1);
        assertThat(a.text("select register()")).isEqualTo("Registered");
        a.enqueue(1);
        assertThat(a.claim(9).seqs()).containsExactly(1, 2);
        assertThat(a.seal(1)).isEqualTo("Idle");
        assertThat(b.text("select register()")).isEqualTo("Registered");
        assertThat(b.text("select move()")).isEqualTo("Rotated");
        a.enqueue(1);
        assertThat(a.claim(9).segment()).isEqualTo(2);
        assertThat(states()).containsExactly("1 closing", "2 current");
    }

    /** Trap 22: setval is not undone. */
    @Test
    void aMoverThatAbortsHasMovedAllTheSame() {
        a.enqueue(1);
        a.run("select register()");
        a.begin();
        assertThat(a.text("select move()")).isEqualTo("Rotated");
        b.enqueue(1);
        a.rollback();
        b.enqueue(1);
        assertThat(b.seal(1)).isEqualTo("Sealed");
        assertThat(b.claimAll()).containsExactly(1, 2, 3);
        assertThat(states()).containsExactly("1 sealed", "2 current");
        assertThat(b.texts("select problem from check_lanes()")).isEmpty();
    }

    @Test
    void aRegistrationThatAbortsLeavesNothing() {
        a.enqueue(1);
        a.begin();
        a.run("select register()");
        assertThat(b.text("select move()")).isEqualTo("Idle");
        a.rollback();
        assertThat(b.text("select move()")).isEqualTo("Idle");
        assertThat(b.rotate()).isEqualTo("Rotated");
        assertThat(states()).containsExactly("1 closing", "2 current");
    }

    @Test
    void twoLeadersMoveOnce() {
        a.enqueue(1);
        a.begin();
        assertThat(a.text("select register()")).isEqualTo("Registered");
        CompletableFuture<List<Row>> rival = b.send("select register()");
        c.untilBlocked(b);
        a.commit();
        Session.await(rival);
        a.begin();
        assertThat(a.text("select move()")).isEqualTo("Rotated");
        CompletableFuture<List<Row>> second = b.send("select move()");
        Session.await(second);
        a.commit();
        assertThat(states()).containsExactly("1 closing", "2 current");
    }

    @Test
    void twoMoversBetweenReadAndLock() {
        a.enqueue(1);
        a.run("select register()");
        Gate gate = Gate.before(c, "move", "perform from").shut();
        CompletableFuture<List<Row>> late = b.send("select move()");
        a.untilBlocked(b);
        c.run("select setval('current_segment', 2 << 8 | 1)");
        gate.open();
        assertThat(Session.await(late).get(0).first()).isEqualTo("Idle");
        assertThat(states()).containsExactly("1 closing", "2 current");
    }

    @Test
    void noFreeChildStopsNothing() {
        for (int i = 0; i < 3; i++) {
            a.enqueue(1);
            assertThat(a.rotate()).isEqualTo("Rotated");
        }
        a.enqueue(1);
        assertThat(a.rotate()).isEqualTo("SkippedBusy");
        a.enqueue(1);
        assertThat(a.claim(1).seqs()).containsExactly(1);
        List<Integer> rest = a.claimAll();
        assertThat(rest).containsExactly(2, 3, 4, 5);
        a.enqueue(1);
        assertThat(a.claimAll()).containsExactly(6);
    }

    /** Structural weakness 1: the job of one segment never ends; all others come and go. */
    @Test
    void oneStuckChildDelaysNobodyElse() {
        a.enqueue(1);
        Taken stuck = a.claim(1);
        for (long segment = 2; segment <= 12; segment++) {
            assertThat(a.rotate()).isEqualTo("Rotated");
            a.enqueue(2);
            a.complete(a.claim(2));
            if (segment > 2) {
                assertThat(a.reclaim(segment - 1)).isEqualTo("Pruned");
            }
        }
        a.seal(1);
        assertThat(a.finish(1)).isEqualTo("available");
        assertThat(a.complete(stuck).accepted()).isEqualTo("1");
        assertThat(a.reclaim(1)).isEqualTo("Pruned");
    }

    @Test
    void anOpenProducerBlocksTheSealAndNothingElse() {
        a.begin();
        a.enqueue(1);
        b.enqueue(1);
        b.rotate();
        Row blocked = b.row("select * from seal(1)");
        assertThat(blocked.text("outcome")).isEqualTo("Blocked");
        assertThat(blocked.text("relation")).isEqualTo("jobs_0");
        assertThat(b.claimAll()).containsExactly(2);
        b.enqueue(1);
        assertThat(b.claimAll()).containsExactly(3);
        assertThat(b.rotate()).isEqualTo("Rotated");
        assertThat(b.seal(2)).isEqualTo("Sealed");
        a.commit();
        assertThat(b.claim(9).seqs()).containsExactly(1);
        assertThat(b.seal(1)).isEqualTo("Sealed");
    }

    @Test
    void twoSealersSealOnce() {
        a.enqueue(1);
        a.rotate();
        a.begin();
        assertThat(a.seal(1)).isEqualTo("Sealed");
        CompletableFuture<List<Row>> rival = b.send("select outcome from seal(1)");
        c.untilBlocked(b);
        a.commit();
        assertThat(Session.await(rival).get(0).first()).isEqualTo("Idle");
        assertThat(c.text("select lanes::text from generations where segment = 1"))
                .isEqualTo("{1}");
    }

    /** Its snapshot would not see the lanes of late writers: their jobs would be lost. */
    @Test
    void aSealWithAnOldSnapshotIsRefused() {
        a.begin("repeatable read");
        b.enqueue(1);
        b.rotate();
        assertThat(a.refusal("select seal(1)")).isEqualTo("25001");
        a.rollback();
        assertThat(a.seal(1)).isEqualTo("Sealed");
        assertThat(a.claimAll()).containsExactly(1);
    }

    private List<String> states() {
        return c.texts("select segment || ' ' || state from segments()");
    }
}
