package io.awa.reactive.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Released jobs keep their place and attempt, come back once, and never while another holds them. */
class ReleaseTest extends StorageTest {

    @Test
    void placeAndAttemptAreKept() {
        a.enqueue(5);
        Taken claim = a.claim(4);
        assertThat(a.release(claim, 1, 3)).isEqualTo(new Answer("0101", "0101", false));
        Taken again = a.claim(2);
        assertThat(again.seqs()).containsExactly(2, 4);
        assertThat(a.row("select attempt from job(" + again.positions().get(0) + ")")
                        .number("attempt"))
                .isEqualTo(1);
        assertThat(a.claimAll()).containsExactly(5);
        assertThat(a.complete(claim).fresh()).isEqualTo("1010");
        assertThat(a.complete(again).fresh()).isEqualTo("11");
    }

    /** Trap 21 for releases: sent again, nothing goes back a second time. */
    @Test
    void aRepeatedReleaseOffersNothingTwice() {
        a.enqueue(2);
        Taken claim = a.claim(2);
        Item both = new Item(claim, "11", "r");
        assertThat(a.release(40, both).get(1)).isEqualTo(new Answer("11", "11", false));
        Taken again = a.claim(2);
        assertThat(again.seqs()).containsExactly(1, 2);
        assertThat(a.release(40, both).get(1)).isEqualTo(new Answer("11", "00", false));
        assertThat(a.release(41, both).get(1)).isEqualTo(new Answer("00", "00", false));
        assertThat(a.claimAll()).isEmpty();
        assertThat(a.complete(again).fresh()).isEqualTo("11");
    }

    @Test
    void theSameClaimTwiceInACall() {
        a.enqueue(3);
        Taken claim = a.claim(3);
        Map<Integer, Answer> answers = a.release(5, new Item(claim, "110", "r"), new Item(claim, "011", "r"));
        assertThat(answers.get(1).fresh()).isEqualTo("110");
        assertThat(answers.get(2).again()).isTrue();
        assertThat(a.release(5, new Item(claim, "011", "r")).get(1)).isEqualTo(new Answer("011", "001", false));
        assertThat(a.claimAll()).containsExactly(1, 2, 3);
    }

    /** Trap 25: the claim has the same view of the ledger as the release. */
    @Test
    void releaseAgainstClaim() {
        a.enqueue(3);
        Taken claim = a.claim(2);
        a.begin();
        a.release(claim);
        CompletableFuture<List<Row>> rival = b.send(Session.claimCall(1, 1, Session.nonce()));
        c.untilBlocked(b);
        a.commit();
        assertThat(Session.await(rival).get(0).text("status")).isEqualTo("again");
        assertThat(b.claimAll()).containsExactly(1, 2, 3);
    }

    @Test
    void claimAgainstRelease() {
        a.enqueue(3);
        Taken claim = a.claim(2);
        a.begin();
        assertThat(a.claim(1).seqs()).containsExactly(3);
        CompletableFuture<List<Row>> release = b.send(Item.release(6, List.of(new Item(claim, "11", "r"))));
        c.untilBlocked(b);
        a.commit();
        assertThat(Session.answers(Session.await(release)).get(1).fresh()).isEqualTo("11");
        assertThat(b.claimAll()).containsExactly(1, 2);
    }

    @Test
    void aClaimThatRollsBackUnderARelease() {
        a.enqueue(3);
        Taken claim = a.claim(2);
        a.begin();
        a.claim(1);
        CompletableFuture<List<Row>> release = b.send(Item.release(6, List.of(new Item(claim, "10", "r"))));
        c.untilBlocked(b);
        a.rollback();
        Session.await(release);
        assertThat(b.claimAll()).containsExactly(1, 3);
    }

    @Test
    void releaseAgainstClose() {
        a.enqueue(2);
        Taken claim = a.claim(2);
        a.begin();
        a.close(Item.completed(claim, 0));
        CompletableFuture<List<Row>> release = b.send(Item.release(6, List.of(new Item(claim, "11", "r"))));
        c.untilBlocked(b);
        a.commit();
        assertThat(Session.answers(Session.await(release)).get(1)).isEqualTo(new Answer("00", "00", true));
        assertThat(b.release(6, new Item(claim, "11", "r")).get(1)).isEqualTo(new Answer("01", "01", false));
        assertThat(b.claimAll()).containsExactly(2);
    }

    @Test
    void closeAgainstRelease() {
        a.enqueue(2);
        Taken claim = a.claim(2);
        a.begin();
        a.release(claim, 0);
        CompletableFuture<List<Row>> close = b.send(Item.close(6, List.of(Item.completed(claim))));
        c.untilBlocked(b);
        a.commit();
        assertThat(Session.answers(Session.await(close)).get(1)).isEqualTo(new Answer("00", "00", true));
        assertThat(b.close(6, Item.completed(claim)).get(1)).isEqualTo(new Answer("01", "01", false));
        assertThat(b.claimAll()).containsExactly(1);
    }

    @Test
    void aReleaseThatRollsBackGivesNothing() {
        a.enqueue(2);
        Taken claim = a.claim(2);
        a.begin();
        a.release(claim);
        a.rollback();
        assertThat(a.claimAll()).isEmpty();
        assertThat(a.complete(claim).fresh()).isEqualTo("11");
    }

    @Test
    void anOldSnapshotIsRefused() {
        a.enqueue(1);
        Taken claim = a.claim(1);
        a.begin("repeatable read");
        assertThat(a.refusal(Item.release(1, List.of(new Item(claim, "1", "r")))))
                .isEqualTo("25001");
        a.rollback();
        assertThat(a.claimAll()).isEmpty();
    }

    /** Released holes are in a lane with real holes and a sealed segment. */
    @Test
    void holesAndReleasedPositionsTogether() {
        a.begin();
        a.enqueue(1);
        b.enqueue(3);
        Taken claim = b.claim(2);
        assertThat(claim.seqs()).containsExactly(2, 3);
        b.release(claim, 1);
        b.rotate();
        assertThat(b.seal(1)).isEqualTo("Blocked");
        assertThat(b.claim(1).seqs()).containsExactly(3);
        a.commit();
        b.seal(1);
        assertThat(b.claimAll()).containsExactly(1, 4);
    }

    /** Two releasers over crossing claims and lanes, closures first, then ledgers: no circle. */
    @Test
    void crossingReleases() {
        int two = lane("q2", 1);
        a.enqueue(2);
        a.put(two, 2);
        Taken one = a.claim(2);
        Taken other = a.claim(2, 2, Session.nonce());
        a.begin();
        a.release(1, new Item(other, "10", "r"));
        CompletableFuture<List<Row>> rival =
                b.send(Item.release(2, List.of(new Item(other, "01", "r"), new Item(one, "01", "r"))));
        c.untilBlocked(b);
        // b holds the closure of lane 1 and waits for that of lane 2; a goes on to the ledger of lane 1.
        a.release(1, new Item(one, "00", "r"));
        assertThat(a.cancel(7)).isEmpty();
        a.commit();
        Map<Integer, Answer> answers = Session.answers(Session.await(rival));
        assertThat(answers.get(1).again()).isTrue();
        assertThat(answers.get(2).fresh()).isEqualTo("01");
        b.release(2, new Item(other, "01", "r"));
        assertThat(b.claimAll()).containsExactly(2);
        assertThat(b.claim(2, 9, Session.nonce()).seqs()).containsExactly(1, 2);
    }

    /** The exhaustion a claimer is about to record, and the release that withdraws it. */
    @Test
    void releaseAgainstExhaustion() {
        a.enqueue(1);
        Taken claim = a.claim(1);
        a.rotate();
        a.seal(1);
        a.begin();
        assertThat(a.claim(1).status()).isEqualTo("again");
        CompletableFuture<List<Row>> release = b.send(Item.release(6, List.of(new Item(claim, "1", "r"))));
        c.untilBlocked(b);
        a.commit();
        Session.await(release);
        assertThat(b.number("select count(*) from exhausted")).isZero();
        assertThat(b.claimAll()).containsExactly(1);
        assertThat(b.finish(1)).isEqualTo("open");
    }
}
