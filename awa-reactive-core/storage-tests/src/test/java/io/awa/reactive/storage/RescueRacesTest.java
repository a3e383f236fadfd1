package io.awa.reactive.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Rescue against everything else that ends a claim's member, on two connections, either one first: one of them ends it,
 * nobody waits for long, and afterwards everything prunes.
 */
class RescueRacesTest extends StorageTest {

    @BeforeEach
    void lockTimeout() {
        a.run("set lock_timeout = '50ms'");
        a.run("select register_worker('dead')");
        a.run("update workers set stopped_at = now()");
    }

    /** The other has written its closure and is not committed: the claim is skipped, and met by the next pass. */
    @ParameterizedTest
    @ValueSource(strings = {"c", "f", "t", "z", "x", "h"})
    void behindAnEndThatCommits(String outcome) {
        Taken claim = take(2);
        Rescuer rescuer = new Rescuer(a);
        b.begin();
        assertThat(end(b, claim, "10", outcome).accepted()).isEqualTo("10");
        Row busy = rescuer.pass(1);
        assertThat(busy.number("busy")).isEqualTo(1);
        assertThat(busy.number("crashed")).isZero();
        b.commit();
        assertThat(rescuer.pass(1).number("crashed")).isEqualTo(1);
        assertThat(a.text("select string_agg(outcomes, '' order by part) from closures_0"))
                .isEqualTo(outcome + "t");
        prunes();
    }

    @ParameterizedTest
    @ValueSource(strings = {"c", "f", "t", "z", "x", "h"})
    void behindAnEndThatIsTakenBack(String outcome) {
        Taken claim = take(2);
        Rescuer rescuer = new Rescuer(a);
        b.begin();
        end(b, claim, "10", outcome);
        assertThat(rescuer.pass(1).number("busy")).isEqualTo(1);
        b.rollback();
        assertThat(rescuer.pass(1).number("crashed")).isEqualTo(2);
        assertThat(a.number("select count(*) from entries_0")).isEqualTo(2);
        prunes();
    }

    /** The rescue is not committed: the attempt's own end waits, is sent again, and is stale. */
    @ParameterizedTest
    @ValueSource(strings = {"c", "f", "t", "z", "x", "h"})
    void beforeAnEnd(String outcome) {
        Taken claim = take(2);
        a.begin();
        assertThat(new Rescuer(a).pass(1).number("crashed")).isEqualTo(2);
        long closer = Session.nonce();
        CompletableFuture<List<Row>> own = b.send(closing(closer, claim, "10", outcome));
        c.untilBlocked(b);
        a.commit();
        Answer answer = Session.answers(Session.await(own)).get(1);
        assertThat(answer.accepted()).isEqualTo("00");
        assertThat(answer.again()).isTrue();
        Answer again =
                Session.answers(b.rows(closing(closer, claim, "10", outcome))).get(1);
        assertThat(again).isEqualTo(new Answer("00", "00", false));
        assertThat(a.number("select count(*) from entries_0")).isEqualTo(2);
        prunes();
    }

    @Test
    void aRescueThatIsTakenBack() {
        Taken claim = take(2);
        a.begin();
        assertThat(new Rescuer(a).pass(1).number("crashed")).isEqualTo(2);
        CompletableFuture<List<Row>> own = b.send(Item.close(7, List.of(Item.completed(claim))));
        c.untilBlocked(b);
        a.rollback();
        assertThat(Session.answers(Session.await(own)).get(1).accepted()).isEqualTo("11");
        assertThat(new Rescuer(a).pass(1).number("crashed")).isZero();
        assertThat(a.number("select count(*) from entries_0")).isZero();
        prunes();
    }

    /** A released member is back in its lane, once; what the rescue took comes back through the store, once. */
    @Test
    void behindARelease() {
        Taken claim = take(2);
        Rescuer rescuer = new Rescuer(a);
        b.begin();
        assertThat(b.release(claim, 0).accepted()).isEqualTo("10");
        assertThat(rescuer.pass(1).number("busy")).isEqualTo(1);
        b.commit();
        assertThat(rescuer.pass(1).number("crashed")).isEqualTo(1);
        Taken again = a.claim(5);
        assertThat(again.seqs()).containsExactly(1);
        a.complete(again);
        prunes();
    }

    @Test
    void beforeARelease() {
        Taken claim = take(2);
        a.begin();
        assertThat(new Rescuer(a).pass(1).number("crashed")).isEqualTo(2);
        CompletableFuture<List<Row>> release = b.send(Item.release(9, List.of(new Item(claim, "11", "r"))));
        c.untilBlocked(b);
        a.commit();
        assertThat(Session.answers(Session.await(release)).get(1).fresh()).isEqualTo("00");
        assertThat(b.release(claim).accepted()).isEqualTo("00");
        assertThat(a.claim(5).positions()).isEmpty();
        prunes();
    }

    @Test
    void twoRescuersGetEachAttemptOnce() {
        take(3);
        a.begin();
        assertThat(new Rescuer(a).pass(1).number("crashed")).isEqualTo(3);
        b.run("set lock_timeout = '50ms'");
        Rescuer other = new Rescuer(b);
        assertThat(other.pass(1).number("busy")).isEqualTo(1);
        a.commit();
        assertThat(other.pass(1).number("crashed")).isZero();
        assertThat(other.pass(1).longs("open_nos")).isEmpty();
        assertThat(a.number("select count(*) from entries_0")).isEqualTo(3);
        prunes();
    }

    /** Of many claims only the busy ones are left out, and the leader is held up for little more than one wait. */
    @Test
    void theOthersAreNotHeldUp() {
        a.enqueue(40);
        for (int i = 0; i < 19; i++) {
            a.claim(2);
        }
        Taken one = a.claim(1);
        Taken two = a.claim(1);
        b.begin();
        b.complete(one);
        c.begin();
        c.complete(two);
        long start = System.nanoTime();
        Rescuer rescuer = new Rescuer(a);
        Row row = rescuer.pass(1);
        assertThat(System.nanoTime() - start).isLessThan(10_000_000_000L);
        assertThat(row.number("busy")).isEqualTo(2);
        assertThat(row.number("crashed")).isEqualTo(38);
        assertThat(a.text("show lock_timeout")).isEqualTo("50ms");
        b.commit();
        c.rollback();
        assertThat(rescuer.pass(1).number("crashed")).isEqualTo(1);
        prunes();
    }

    /** Another refusal than a lock's is an error, and nothing is half done. */
    @Test
    void onlyARefusedLockIsSkipped() {
        take(2);
        a.run("alter table entries_0 add constraint no check (false) not valid");
        assertThat(a.refusal(new Rescuer(a).call(1))).isEqualTo("23514");
        a.run("alter table entries_0 drop constraint no");
        assertThat(a.number("select count(*) from closures_0")).isZero();
        assertThat(new Rescuer(a).pass(1).number("crashed")).isEqualTo(2);
    }

    /** A claim that comes while the pass looks is met by the next one; so is one that was not committed yet. */
    @Test
    void aClaimThatCommitsLate() {
        a.enqueue(3);
        b.begin();
        b.claim(1);
        Rescuer rescuer = new Rescuer(a);
        assertThat(rescuer.pass(1).number("crashed")).isZero();
        b.commit();
        a.claim(1);
        assertThat(rescuer.pass(1).number("crashed")).isEqualTo(2);
        assertThat(rescuer.pass(1).longs("open_nos")).isEmpty();
        a.complete(a.claim(1));
        prunes();
    }

    /** What was released and taken again by a dead process stands in another claim: each member is ended once. */
    @Test
    void aReleasedJobClaimedAgainByTheDead() {
        Taken claim = take(2);
        Rescuer rescuer = new Rescuer(a);
        a.release(claim, 1);
        Taken again = a.claim(1);
        assertThat(again.seqs()).containsExactly(2);
        assertThat(rescuer.pass(1).number("crashed")).isEqualTo(2);
        prunes();
    }

    /** A sealed segment is looked at although nothing comes into it, until it is finished; a seal does not wait. */
    @Test
    void asTheSegmentIsSealed() {
        take(2);
        Rescuer rescuer = new Rescuer(a);
        a.rotate();
        assertThat(b.seal(1)).isEqualTo("Sealed");
        a.exhaust(1);
        assertThat(a.row("select * from rescue_scope(30000, null, null, false)").longs("segments"))
                .startsWith(1L);
        assertThat(a.finish(1)).isEqualTo("open");
        assertThat(rescuer.pass(1).number("crashed")).isEqualTo(2);
        assertThat(a.finish(1)).isEqualTo("Finished");
        assertThat(a.prune(1)).isEqualTo("Pruned");
    }

    private Taken take(int n) {
        a.enqueue(n);
        return a.claim(n);
    }

    private static Answer end(Session session, Taken claim, String members, String outcome) {
        return Session.answers(session.rows(closing(Session.nonce(), claim, members, outcome)))
                .get(1);
    }

    private static String closing(long closer, Taken claim, String members, String outcome) {
        boolean side = !outcome.equals("c");
        return "select * from close(array[" + claim.segment() + "], array[" + claim.lane() + "]::int[], array["
                + claim.no() + "], array[" + claim.nonce() + "], array['" + members + "'], array['" + outcome + "'], "
                + closer
                + (side
                        ? ", array[1], array[0], array['" + outcome + "'], null, array[" + closer + "], null)"
                        : ", null, null, null, null, null, null)");
    }

    private void prunes() {
        a.rotate();
        assertThat(a.reclaim(1)).isEqualTo("Pruned");
    }
}
