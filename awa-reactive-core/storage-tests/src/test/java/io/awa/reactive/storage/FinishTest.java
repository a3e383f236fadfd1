package io.awa.reactive.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** A segment is finished only when nothing in it is live, whatever comes between the reads that say so. */
class FinishTest extends StorageTest {

    @Test
    void everyReasonIsNamed() {
        assertThat(a.finish(1)).isEqualTo("Idle");
        a.enqueue(2);
        Taken first = a.claim(1);
        a.rotate();
        a.seal(1);
        assertThat(a.finish(1)).isEqualTo("available");
        Taken second = a.claim(9);
        assertThat(second.seqs()).containsExactly(2);
        assertThat(a.finish(1)).isEqualTo("open");
        a.complete(first);
        assertThat(a.finish(1)).isEqualTo("open");
        a.complete(second);
        assertThat(a.finish(1)).isEqualTo("Finished");
        assertThat(a.finish(1)).isEqualTo("Idle");
    }

    @Test
    void anOpenMemberAmongMany() {
        a.enqueue(100);
        Taken claim = a.claim(100);
        a.rotate();
        a.seal(1);
        a.exhaust(1);
        a.close(new Item(claim, "1".repeat(99) + "0", "c"));
        assertThat(a.finish(1)).isEqualTo("open");
        a.begin();
        a.close(new Item(claim, "0".repeat(99) + "1", "c"));
        assertThat(b.finish(1)).isEqualTo("open");
        a.commit();
        assertThat(b.finish(1)).isEqualTo("Finished");
    }

    /** Trap 6: released before the finish reads. */
    @Test
    void aReleaseWithdrawsTheExhaustion() {
        a.enqueue(2);
        Taken claim = a.claim(2);
        a.rotate();
        a.seal(1);
        assertThat(a.exhaust(1)).isEqualTo("again");
        assertThat(a.number("select count(*) from exhausted")).isEqualTo(1);
        a.begin();
        a.release(claim, 1);
        a.complete(claim);
        assertThat(b.finish(1)).isEqualTo("open");
        a.commit();
        assertThat(b.finish(1)).isEqualTo("available");
        assertThat(b.exhaust(1)).isEqualTo("available");
        Taken again = b.claim(9);
        assertThat(again.seqs()).containsExactly(2);
        assertThat(b.finish(1)).isEqualTo("open");
        b.complete(again);
        assertThat(b.finish(1)).isEqualTo("Finished");
    }

    /** Trap 26: lows carry what is closed from call to call; a release in another lane comes between. */
    @Test
    void lowsDoNotHideALaterClaim() {
        int other = lane("q2", 1);
        a.enqueue(3);
        a.put(other, 3);
        Taken one = a.claim(3);
        Taken two = a.claim(2, 3, Session.nonce());
        a.rotate();
        a.seal(1);
        a.exhaust(1);
        a.exhaust(other);
        a.complete(one);
        Row first = a.row("select * from finish(1, '{}', '{}')");
        assertThat(first.text("reason")).isEqualTo("open");
        assertThat(first.longs("lanes")).containsExactly(1L, (long) other);

        a.release(two);
        Taken three = a.claim(2, 3, Session.nonce());
        assertThat(three.seqs()).containsExactly(1, 2, 3);
        a.exhaust(other);
        Row second = finish(first);
        assertThat(second.text("reason")).isEqualTo("open");
        a.close(Item.completed(three, 0, 1));
        assertThat(finish(second).text("reason")).isEqualTo("open");
        a.release(three, 2);
        assertThat(finish(second).text("reason")).isEqualTo("available");
        Taken four = a.claim(2, 3, Session.nonce());
        assertThat(four.seqs()).containsExactly(3);
        a.exhaust(other);
        a.complete(four);
        assertThat(finish(second).text("outcome")).isEqualTo("Finished");
    }

    /** Trap 6: a release and the claim that takes the released job come between the reads of one finish. */
    @Test
    void aReleaseAndAClaimBetweenTheReads() {
        int other = lane("q2", 1);
        a.enqueue(1);
        a.put(other, 1);
        a.complete(a.claim(1));
        Taken open = a.claim(2, 5, Session.nonce());
        a.rotate();
        a.seal(1);
        a.exhaust(1);
        a.exhaust(other);

        Gate gate =
                Gate.behindFirstStatement(c, "open_claim_0", "p_lane").shut(1).shut(other);
        CompletableFuture<List<Row>> finish = b.send("select * from finish(1, '{}', '{}')");
        a.untilBlocked(b);
        a.release(open);
        gate.open(1);
        gate.untilWaitedFor(a, other);
        Taken live = a.claim(2, 5, Session.nonce());
        assertThat(live.seqs()).containsExactly(1);
        a.exhaust(other);
        gate.open(other);

        assertThat(Session.await(finish).get(0).text("outcome")).isEqualTo("SkippedActive");
        assertThat(a.prune(1)).isEqualTo("Idle");
        assertThat(a.complete(live).accepted()).isEqualTo("1");
        assertThat(a.finish(1)).isEqualTo("Finished");
    }

    /** The lows of a call that a claim came into must not hide that claim from the next call either. */
    @Test
    void lowsOfACallThatAClaimCameInto() {
        int other = lane("q2", 1);
        a.enqueue(1);
        a.put(other, 2);
        Taken first = a.claim(1);
        Taken open = a.claim(2, 2, Session.nonce());
        a.rotate();
        a.seal(1);
        a.exhaust(1);
        a.exhaust(other);

        Gate gate = Gate.behindFirstStatement(c, "open_claim_0", "p_lane").shut(1);
        CompletableFuture<List<Row>> finish = b.send("select * from finish(1, '{}', '{}')");
        a.untilBlocked(b);
        a.release(open);
        Taken live = a.claim(2, 5, Session.nonce());
        gate.open(1);
        Row row = Session.await(finish).get(0);
        assertThat(row.text("reason")).isEqualTo("open");
        a.complete(first);
        assertThat(finish(row).text("reason")).isEqualTo("open");
        a.complete(live);
        assertThat(finish(row).text("outcome")).isEqualTo("Finished");
    }

    @Test
    void aFinishedSegmentStaysFinished() {
        a.enqueue(1);
        Taken claim = a.claim(2);
        a.complete(claim);
        a.rotate();
        a.seal(1);
        a.exhaust(1);
        assertThat(a.finish(1)).isEqualTo("Finished");
        assertThat(a.release(claim).accepted()).isEqualTo("0");
        assertThat(a.complete(claim).accepted()).isEqualTo("0");
        assertThat(a.cancel(1)).isEmpty();
        assertThat(a.number("select count(*) from exhausted")).isEqualTo(1);
        assertThat(a.claim(1).status()).isEqualTo("empty");
    }

    private Row finish(Row before) {
        return a.row("select * from finish(1, array" + before.longs("lanes") + "::int[], array" + before.longs("lows")
                + "::bigint[])");
    }
}
