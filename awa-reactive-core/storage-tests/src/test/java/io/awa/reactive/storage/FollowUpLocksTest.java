package io.awa.reactive.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/**
 * An attempt ends with a unique follow-up while an operator retries the job under the same key. Keys come first for both,
 * so one waits for the other; the end in hand and the key asked for behind it would be a ring.
 */
class FollowUpLocksTest extends StorageTest {

    private static final int KEY = 7;

    @Test
    void settleWithAFollowUpAndARetryOfTheJob() {
        long job = Ask.job(a, KEY, Ask.ALWAYS).id();
        assertThat(Lives.end(a, a.claim(1), 'h', 3_600_000, 501L)).isTrue();
        a.run("select * from settle(array[501]::bigint[], array['w'], array[3600000]::bigint[], null, 1)");

        b.begin();
        b.run("select lock_keys(array['" + Ask.key(KEY) + "']::uuid[], true)");
        CompletableFuture<List<Row>> settled =
                c.send("select * from settle_with(array[501]::bigint[], array['c'], null,"
                        + " null, 2, array[1], array[1], array[1], array[25], array['{}'], array[null], null, null, array['"
                        + Ask.key(KEY) + "']::uuid[], array[" + Ask.ALWAYS + "])");
        a.untilBlocked(c);
        assertThat(b.row(Life.call("retry", "{}", job)).text("result")).isEqualTo("done");
        b.commit();

        assertThat(Session.await(settled)).as("the lease went with the retry").isEmpty();
        assertThat(Lives.state(a, job)).isEqualTo("a");
    }

    @Test
    void closeWithAFollowUpHoldsNoClosureWhileItWaitsForTheKey() {
        a.enqueue(1);
        Taken claim = a.claim(1);
        b.begin();
        b.run("select lock_keys(array['" + Ask.key(KEY) + "']::uuid[], true)");
        CompletableFuture<List<Row>> closed = c.send("select * from close_with(array[" + claim.segment()
                + "]::bigint[], array[1], array[" + claim.no() + "]::bigint[], array[" + claim.nonce()
                + "]::bigint[], array['1'], array['c'], 2, null, null, null, null, null, null, array[1], array[0],"
                + " array[1], array[1], array[25], array['{}'], array[null], null, null, array['" + Ask.key(KEY)
                + "']::uuid[], array[" + Ask.ALWAYS + "])");
        a.untilBlocked(c);
        a.run("set lock_timeout = '2s'");
        assertThat(a.complete(claim).accepted()).isEqualTo("1");
        b.rollback();
        assertThat(Session.await(closed).get(0).text("accepted")).isEqualTo("0");
        assertThat(a.number("select count(*) from keys_0"))
                .as("nothing follows")
                .isZero();
    }

    @Test
    void completeInWithAFollowUpHoldsNoEndingWhileItWaitsForTheKey() {
        a.enqueue(1);
        assertThat(Lives.end(a, a.claim(1), 'h', 3_600_000, 501L)).isTrue();
        long entry = a.number("select entry from entries_0 where lease = 501");
        b.begin();
        b.run("select lock_keys(array['" + Ask.key(KEY) + "']::uuid[], true)");
        CompletableFuture<List<Row>> completed = c.send("select complete_in_with(0, " + entry + ", 2, array[1],"
                + " array[1], array[1], array[25], array['{}'], array[null], null, null, array['" + Ask.key(KEY)
                + "']::uuid[], array[" + Ask.ALWAYS + "]) as ended");
        a.untilBlocked(c);
        a.run("set lock_timeout = '2s'");
        a.run("select * from settle(array[501]::bigint[], array['c'], null, null, 3)");
        b.rollback();
        assertThat(Session.await(completed).get(0).flag("ended")).isFalse();
        assertThat(a.number("select count(*) from keys_0"))
                .as("nothing follows")
                .isZero();
    }
}
