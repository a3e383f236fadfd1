package io.awa.reactive.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What operators read: right after every history, and bounded whatever its length. */
class OperatorReadsTest extends StorageTest {

    @Test
    void depthCountsWhatWaits() {
        assertThat(depth()).isZero();
        a.enqueue(10);
        assertThat(depth()).isEqualTo(10);
        Taken claim = a.claim(4);
        assertThat(depth()).isEqualTo(6);
        a.release(claim, 1, 2);
        assertThat(depth()).isEqualTo(8);
        a.rotate();
        a.enqueue(5);
        assertThat(depth()).isEqualTo(13);
        a.seal(1);
        assertThat(a.claimAll()).hasSize(13);
        assertThat(depth()).isZero();
    }

    /** The first ledger row of a segment may be a cancel's, which has passed nothing. */
    @Test
    void depthAfterACancelInAFreshSegment() {
        a.enqueue(100);
        a.complete(a.claim(100));
        a.rotate();
        assertThat(a.reclaim(1)).isEqualTo("Pruned");
        a.enqueue(5);
        assertThat(depth()).isEqualTo(5);
        assertThat(a.cancel(102)).containsExactly(102);
        assertThat(depth()).isBetween(4L, 5L);
        a.rotate();
        a.enqueue(2);
        a.cancel(107);
        assertThat(depth()).isBetween(5L, 7L);
        assertThat(a.claimAll()).hasSize(5);
        assertThat(depth()).isZero();
    }

    @Test
    void depthWithABacklogInAnOlderSegment() {
        a.enqueue(10);
        a.rotate();
        a.enqueue(10);
        a.cancel(11);
        assertThat(depth()).isBetween(19L, 20L);
        a.claim(3);
        assertThat(depth()).isBetween(16L, 17L);
    }

    /** Positions of an aborted producer behind the last job wait for nobody. */
    @Test
    void depthAtRestIsExact() {
        a.enqueue(3);
        a.begin();
        a.enqueue(5);
        a.rollback();
        assertThat(depth()).isEqualTo(3);
        a.claimAll();
        assertThat(depth()).isZero();
    }

    @Test
    void stateOfEachJob() {
        a.enqueue(6);
        Taken one = a.claim(3);
        Taken two = a.claim(2);
        a.close(new Item(one, "110", "cf"));
        a.release(two, 0);
        a.cancel(6);
        assertThat(states(6)).containsExactly("completed", "failed", "running", "available", "running", "cancelled");
        assertThat(a.claim(1).seqs()).containsExactly(4);
        assertThat(states(6)).containsExactly("completed", "failed", "running", "running", "running", "cancelled");
        a.release(one, 2);
        a.cancel(3);
        a.rotate();
        a.enqueue(1);
        assertThat(states(7))
                .containsExactly("completed", "failed", "cancelled", "running", "running", "cancelled", "available");
    }

    private List<String> states(int n) {
        return IntStream.rangeClosed(1, n)
                .mapToObj(seq -> a.text("select state from job(" + (1L << 41 | seq) + ")"))
                .toList();
    }

    private long depth() {
        List<Row> rows = a.rows("select * from depth('q')");
        return rows.get(0).number("depth");
    }
}
