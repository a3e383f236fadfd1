package io.awa.reactive.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.Test;

/** A prepared transaction holds its positions, its lock and its xid without a session. */
class PreparedProducersTest extends StorageTest {

    @Test
    void aPreparedTransactionKeepsItsSegmentOpen() {
        assumeTrue(a.number("select current_setting('max_prepared_transactions')::int") > 0);
        String name = schema() + "_1";
        a.begin();
        a.enqueue(1);
        a.run("prepare transaction '" + name + "'");
        b.enqueue(1);
        assertThat(b.claim(9).seqs()).containsExactly(2);
        b.rotate();
        assertThat(b.seal(1)).isEqualTo("Blocked");
        for (int i = 0; i < 3; i++) {
            b.enqueue(1);
            assertThat(b.claim(1).size()).isEqualTo(1);
        }
        assertThat(b.claim(1).status()).isEqualTo("empty");
        b.run("commit prepared '" + name + "'");
        assertThat(b.claimAll()).containsExactly(1);
        assertThat(b.seal(1)).isEqualTo("Sealed");
    }

    @Test
    void aPreparedTransactionThatIsRolledBack() {
        assumeTrue(a.number("select current_setting('max_prepared_transactions')::int") > 0);
        String name = schema() + "_2";
        a.begin();
        a.enqueue(1);
        a.run("prepare transaction '" + name + "'");
        b.enqueue(2);
        Taken first = b.claim(1);
        assertThat(first.seqs()).containsExactly(2);
        b.run("rollback prepared '" + name + "'");
        Taken second = b.claim(9);
        assertThat(second.seqs()).containsExactly(3);
        b.close(1L, Item.completed(first), Item.completed(second));
        b.rotate();
        assertThat(b.reclaim(1)).isEqualTo("Pruned");
    }
}
