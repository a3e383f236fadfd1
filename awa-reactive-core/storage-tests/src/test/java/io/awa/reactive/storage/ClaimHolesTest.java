package io.awa.reactive.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Positions whose producer had not committed when a claim passed them: they come, or they die, but only when proven. */
class ClaimHolesTest extends StorageTest {

    @Test
    void aLateCommitIsTakenFirst() {
        a.begin();
        a.enqueue(2);
        b.enqueue(2);

        Taken first = b.claim(10);
        assertThat(first.seqs()).containsExactly(3, 4);
        assertThat(first.holes()).isEqualTo(1);
        a.commit();
        b.enqueue(1);

        assertThat(b.claimAll()).containsExactly(1, 2, 5);
    }

    @Test
    void anAbortedHoleDiesWhenLaterTransactionsProveIt() {
        a.begin();
        a.enqueue(3);
        b.enqueue(1);
        assertThat(b.claim(10).seqs()).containsExactly(4);
        a.rollback();

        b.enqueue(1);
        assertThat(b.claim(10).seqs()).containsExactly(5);
        b.enqueue(1);
        assertThat(b.claim(10).holes()).isZero();
        assertThat(holes()).isEqualTo("{}{}");
    }

    /** D1a and D1b: nothing below a claim is contiguous, its post-processing never happens, its head is cancelled. */
    @Test
    void gapsAtTheHeadStopNothing() {
        a.begin();
        a.enqueue(3);
        a.rollback();
        b.enqueue(6);
        assertThat(b.cancel(4)).containsExactly(4);
        lane("q", 2);
        b.put(2, 1);

        assertThat(b.claimAll()).containsExactly(5, 6, 7, 8, 9, 1);
        b.enqueue(3);
        assertThat(b.claimAll()).containsExactly(10, 11, 12);
    }

    /** Trap 1: the judge must be younger than the hole's owner, not only than the row above the hole. */
    @Test
    void aTransactionOlderThanTheHoleDoesNotProveItsDeath() {
        c.begin();
        c.run("select pg_current_xact_id()");
        a.begin();
        a.enqueue(1);
        b.enqueue(1);
        assertThat(b.claim(10).seqs()).containsExactly(2);
        c.rollback();

        for (int i = 0; i < 4; i++) {
            b.enqueue(1);
            assertThat(b.claim(10).size()).isEqualTo(1);
        }
        a.commit();
        assertThat(b.claimAll()).containsExactly(1);
    }

    /** Trap 1, the other way: the claimer's own transaction began before the producer's. */
    @Test
    void theJudgeIsAssignedAfterTheScan() {
        a.begin();
        a.run("select 1");
        b.begin();
        b.enqueue(1);
        c.enqueue(1);
        assertThat(a.claim(10).seqs()).containsExactly(2);
        String judge = a.text("select judge::text from claims_0 order by no desc limit 1");
        String owner = b.text("select pg_current_xact_id()::text");
        assertThat(Long.parseLong(judge)).isGreaterThan(Long.parseLong(owner));
        a.commit();
        b.commit();
        assertThat(c.claimAll()).containsExactly(1);
    }

    /** Trap 2: 600 rows behind one hole, 512 taken. */
    @Test
    void holesLiveWhileVisibleRowsAreLeftInThem() {
        a.begin();
        a.enqueue(600);
        b.begin();
        b.enqueue(1);
        c.enqueue(1);
        assertThat(c.claim(512).seqs()).containsExactly(602);
        a.commit();

        assertThat(c.claim(512).seqs())
                .isEqualTo(IntStream.rangeClosed(1, 512).boxed().toList());
        assertThat(c.claim(512).seqs())
                .isEqualTo(IntStream.rangeClosed(513, 600).boxed().toList());
        b.commit();
        assertThat(c.claimAll()).containsExactly(601);
    }

    /** The same with nobody else about, so that the proof by transactions holds and only the visible rows speak for them. */
    @Test
    void visibleRowsBehindTheLimitAreNotLost() {
        a.begin();
        a.enqueue(600);
        c.enqueue(1);
        assertThat(c.claim(512).seqs()).containsExactly(601);
        a.commit();
        assertThat(c.claim(512).size()).isEqualTo(512);
        assertThat(c.claim(512).seqs())
                .isEqualTo(IntStream.rangeClosed(513, 600).boxed().toList());
    }

    @Test
    void holesInYoungWaitForTheirOwnJudge() {
        a.begin();
        a.enqueue(1);
        b.enqueue(1);
        assertThat(b.claim(1).seqs()).containsExactly(2);
        c.begin();
        c.enqueue(1);
        b.enqueue(1);
        assertThat(b.claim(1).seqs()).containsExactly(4);
        a.rollback();
        b.enqueue(1);
        assertThat(b.claim(1).seqs()).containsExactly(5);
        b.enqueue(1);
        assertThat(b.claim(1).seqs()).containsExactly(6);
        c.commit();
        assertThat(b.claimAll()).containsExactly(3);
    }

    /** Trap 3: a claimer that saw the segment unsealed may not bury its holes after the seal. */
    @Test
    void aSealedSegmentIsProbedOnceMore() {
        a.begin();
        a.enqueue(1);
        b.enqueue(2);
        assertThat(b.claim(1).seqs()).containsExactly(2);
        b.rotate();
        assertThat(b.seal(1)).isEqualTo("Blocked");
        a.commit();
        assertThat(b.seal(1)).isEqualTo("Sealed");
        assertThat(b.text("select unexhausted(1)::text")).contains("1");

        assertThat(b.claim(1).seqs()).containsExactly(1);
        assertThat(b.claim(1).seqs()).containsExactly(3);
        assertThat(b.claim(1).status()).isEqualTo("again");
        assertThat(b.claim(1).status()).isEqualTo("empty");
        assertThat(b.number("select count(*) from exhausted where segment = 1")).isEqualTo(1);
    }

    @Test
    void aHoleInASealedSegmentDiesWithItsLastProbe() {
        a.begin();
        a.enqueue(3);
        b.enqueue(1);
        assertThat(b.claim(9).seqs()).containsExactly(4);
        b.rotate();
        a.rollback();
        assertThat(b.seal(1)).isEqualTo("Sealed");
        assertThat(b.claim(9).status()).isEqualTo("again");
        assertThat(holes()).isEqualTo("{}{}");
        assertThat(b.number("select count(*) from exhausted")).isEqualTo(1);
    }

    /** Trap 2 of the other kind: a rolled back claim leaves no trace. */
    @Test
    void aRolledBackClaimTakesItsHolesWithIt() {
        a.begin();
        a.enqueue(1);
        b.enqueue(2);
        c.begin();
        assertThat(c.claim(9).seqs()).containsExactly(2, 3);
        c.rollback();
        assertThat(b.claim(1).seqs()).containsExactly(2);
        a.commit();
        assertThat(b.claim(9).seqs()).isEqualTo(List.of(1, 3));
    }

    private String holes() {
        return b.text("select old::text || young::text from claims_0 order by no desc limit 1");
    }
}
