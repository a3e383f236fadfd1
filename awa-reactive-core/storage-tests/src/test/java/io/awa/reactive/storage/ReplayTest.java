package io.awa.reactive.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Answers that were lost, and bodies that did not travel. */
class ReplayTest extends StorageTest {

    @Test
    void findsWhatTheNonceTook() {
        a.enqueue(5);
        Taken claim = a.claim(3);
        a.claim(1);
        Taken again = replay(a, claim.nonce());
        assertThat(again.segment()).isEqualTo(1);
        assertThat(again.no()).isEqualTo(claim.no());
        assertThat(again.positions()).isEqualTo(claim.positions());
        assertThat(again.args()).isEqualTo(claim.args());
        assertThat(a.complete(again).fresh()).isEqualTo("111");
        assertThat(a.claimAll()).containsExactly(5);
    }

    @Test
    void anUnknownNonceClaimsNothing() {
        a.enqueue(2);
        Taken claim = a.claim(1);
        assertThat(replay(a, 4).positions()).isEmpty();
        assertThat(a.row("select * from replay(1, 4)").isNull("no")).isTrue();
        assertThat(replay(a, claim.nonce()).seqs()).containsExactly(1);
        assertThat(a.number("select count(*) from claims_0")).isEqualTo(1);
        assertThat(a.row("select * from replay(99, " + claim.nonce() + ")").isNull("no"))
                .isTrue();
        assertThat(a.claimAll()).containsExactly(2);
    }

    /** Trap 11: the first call still runs. */
    @Test
    void waitsForTheFirstCall() {
        int second = lane("q", 2);
        a.put(second, 2);
        a.begin();
        Taken claim = a.claim(1, 1, 555);
        CompletableFuture<List<Row>> replay = b.send("select * from replay(1, 555)");
        c.untilBlocked(b);
        a.commit();
        Taken found = Taken.of(Session.await(replay).get(0), 555, true);
        assertThat(found.positions()).isEqualTo(claim.positions());
        assertThat(found.lane()).isEqualTo(second);

        a.begin();
        a.claim(1, 1, 556);
        CompletableFuture<List<Row>> nothing = b.send("select * from replay(1, 556)");
        c.untilBlocked(b);
        a.rollback();
        assertThat(Session.await(nothing).get(0).isNull("no")).isTrue();
        b.run("set lock_timeout = '20ms'");
        a.begin();
        a.claim(1, 1, 557);
        assertThat(b.refusal("select * from replay(1, 557)")).isEqualTo("55P03");
        a.commit();
    }

    /** A claim cannot slip in behind the lanes that a replay has passed. */
    @Test
    void keepsTheLanesItHasRead() {
        a.enqueue(1);
        a.begin();
        assertThat(a.row("select * from replay(1, 9)").isNull("no")).isTrue();
        assertThat(b.claim(1).status()).isEqualTo("busy");
        a.commit();
        assertThat(b.claim(1).seqs()).containsExactly(1);
    }

    @Test
    void overSegmentsAndHoles() {
        a.enqueue(3);
        a.release(a.claim(3), 1);
        a.enqueue(1);
        Taken claim = a.claim(9);
        assertThat(claim.seqs()).containsExactly(2, 4);
        a.rotate();
        a.seal(1);
        a.exhaust(1);
        a.enqueue(1);
        a.claim(1);
        assertThat(replay(a, claim.nonce()).seqs()).containsExactly(2, 4);
    }

    @Test
    void largeBodiesStayBehind() {
        String small = "{\"a\":\"" + "x".repeat(60_000) + "\"}";
        String compressible = "{\"b\":\"" + "x".repeat(70_000) + "\"}";
        String random = "{\"c\":\""
                + new Random(7)
                        .ints(9_000, 33, 90)
                        .mapToObj(i -> i == 34 || i == 92 ? "_" : "" + (char) i)
                        .collect(Collectors.joining())
                + "\"}";
        for (String body : List.of(small, compressible, random, "1")) {
            a.run("select enqueue(array[1], array[1], array[25], array['" + body.replace("'", "''") + "'], null)");
        }
        Taken claim = a.claim(9);
        assertThat(claim.args()).containsExactly(small, "", "", "1");
        assertThat(replay(a, claim.nonce()).args()).containsExactly(small, "", "", "1");
        List<Row> bodies = a.rows("select * from bodies(1, array" + claim.positions() + "::bigint[])");
        assertThat(bodies.stream().map(row -> row.text("args")))
                .containsExactlyInAnyOrder(small, compressible, random, "1");
        assertThat(a.rows("select * from bodies(2, array" + claim.positions() + "::bigint[])"))
                .isEmpty();
        a.complete(claim);
        a.rotate();
        a.reclaim(1);
        assertThat(a.rows("select * from bodies(1, array" + claim.positions() + "::bigint[])"))
                .isEmpty();
    }

    private static Taken replay(Session session, long nonce) {
        return Taken.of(session.row("select * from replay(1, " + nonce + ")"), nonce, true);
    }
}
