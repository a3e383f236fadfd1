package io.awa.reactive.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.awa.reactive.testkit.AwaPostgres;
import io.awa.reactive.testkit.AwaPostgres.Options;
import org.junit.jupiter.api.Test;

/** A token names one attempt for ever; anything else is refused without an error for the rest of its flush. */
class StaleTokensTest extends StorageTest {

    @Test
    void forgedTokens() {
        a.enqueue(2);
        Taken claim = a.claim(2);
        assertThat(a.complete(claim.withNonce(1))).isEqualTo(Answer.STALE);
        assertThat(a.complete(claim.withSegment(2))).isEqualTo(Answer.STALE);
        assertThat(a.complete(claim.withSegment(-1))).isEqualTo(Answer.STALE);
        assertThat(a.close(new Item(claim, "111", "c"))).isEqualTo(Answer.STALE);
        assertThat(a.close(new Item(claim, "1", "c"))).isEqualTo(Answer.STALE);
        assertThat(a.close(new Item(claim, "", "c"))).isEqualTo(Answer.STALE);
        assertThat(a.close(new Item(claim, "00", "c"))).isEqualTo(new Answer("00", "00", false));
        assertThat(a.number("select count(*) from closures_0")).isZero();
        assertThat(a.release(claim.withNonce(1))).isEqualTo(Answer.STALE);
        assertThat(a.claimAll()).isEmpty();
        assertThat(a.complete(claim).fresh()).isEqualTo("11");
    }

    @Test
    void aStaleTokenSpoilsNoNeighbour() {
        a.enqueue(2);
        Taken one = a.claim(1);
        Taken two = a.claim(1);
        var answers =
                a.close(5, Item.completed(one.withNonce(3)), Item.completed(two), Item.completed(one.withSegment(8)));
        assertThat(answers).containsOnlyKeys(2);
        assertThat(answers.get(2).fresh()).isEqualTo("1");
    }

    @Test
    void aReleasedJobHasANewToken() {
        a.enqueue(1);
        Taken first = a.claim(1);
        a.release(first);
        Taken second = a.claim(1);
        assertThat(second.positions()).isEqualTo(first.positions());
        assertThat(a.complete(first).accepted()).isEqualTo("0");
        assertThat(a.complete(second).fresh()).isEqualTo("1");
    }

    @Test
    void aReusedChild() {
        a.enqueue(1);
        Taken old = a.claim(5);
        a.complete(old);
        a.rotate();
        assertThat(a.reclaim(1)).isEqualTo("Pruned");
        a.enqueue(1);
        a.rotate();
        assertThat(a.number("select child from generations where segment = 3")).isZero();
        assertThat(a.claim(1).segment()).isEqualTo(2);
        a.enqueue(1);
        Taken young = a.claim(1);
        assertThat(young.segment()).isEqualTo(3);
        assertThat(young.no()).isEqualTo(old.no());
        assertThat(a.complete(old)).isEqualTo(Answer.STALE);
        assertThat(a.complete(old.withSegment(3))).isEqualTo(Answer.STALE);
        assertThat(a.release(old.withSegment(3))).isEqualTo(Answer.STALE);
        assertThat(a.complete(young).fresh()).isEqualTo("1");
    }

    /** A claim whose commit was not waited for goes with the server; its number comes again, its nonce does not. */
    @Test
    void aClaimThatACrashTookBack() {
        assumeTrue(postgres().isEmbedded());
        Options options = Options.defaults().setting("wal_writer_delay", "10s").setting("shared_buffers", "32MB");
        try (AwaPostgres own = AwaPostgres.start(options)) {
            String schema = Servers.schema(own);
            Session one = Session.open(own, schema);
            one.enqueue(3);
            one.run("set synchronous_commit = off");
            Taken lost = one.claim(2);
            assertThat(lost.seqs()).containsExactly(1, 2);
            own.kill9();
            own.restart();

            Session two = Session.open(own, schema);
            assertThat(two.number("select count(*) from claims_0")).isZero();
            assertThat(two.texts("select problem from check_lanes()")).isEmpty();
            assertThat(two.complete(lost)).isEqualTo(Answer.STALE);
            assertThat(two.rows("select * from replay(1, " + lost.nonce() + ")")
                            .get(0)
                            .isNull("no"))
                    .isTrue();
            Taken again = two.claim(2);
            assertThat(again.no()).isEqualTo(lost.no());
            assertThat(again.positions()).isEqualTo(lost.positions());
            assertThat(two.complete(lost)).isEqualTo(Answer.STALE);
            assertThat(two.complete(again).fresh()).isEqualTo("11");
            assertThat(two.enqueue(1).get(0))
                    .as("the sequence jumps, never back")
                    .isGreaterThan(3);
            assertThat(two.claimAll()).hasSize(2).startsWith(3);
            two.close();
        }
    }

    /** A durable closure implies its claim, although the claim's own commit was not waited for. */
    @Test
    void aDurableClosureKeepsItsClaim() {
        assumeTrue(postgres().isEmbedded());
        Options options = Options.defaults().setting("wal_writer_delay", "10s").setting("shared_buffers", "32MB");
        try (AwaPostgres own = AwaPostgres.start(options)) {
            String schema = Servers.schema(own);
            Session one = Session.open(own, schema);
            one.enqueue(3);
            one.run("set synchronous_commit = off");
            Taken kept = one.claim(2);
            one.run("set synchronous_commit = on");
            assertThat(one.close(8, Item.completed(kept, 0)).get(1).fresh()).isEqualTo("10");
            own.kill9();
            own.restart();

            Session two = Session.open(own, schema);
            assertThat(two.close(8, Item.completed(kept, 0)).get(1)).isEqualTo(new Answer("10", "00", false));
            assertThat(two.claimAll()).containsExactly(3);
            assertThat(two.complete(kept).fresh()).isEqualTo("01");
            two.close();
        }
    }
}
