package io.awa.reactive.storage;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** How much waits: an upper bound, and exact where no producer aborted. */
class DepthTest extends StorageTest {

    @Test
    void aLanesFirstClaimInASegmentDoesNotCountWhatOlderOnesHeld() {
        a.enqueue(100);
        a.claim(200);
        b.rotate();
        a.enqueue(3);
        assertThat(depth()).isEqualTo(3);

        a.claim(1);

        assertThat(depth()).isEqualTo(2);
    }

    @Test
    void releasedJobsCountAgain() {
        a.enqueue(5);
        Taken claim = a.claim(4);
        assertThat(depth()).isEqualTo(1);

        a.release(claim, 1, 2);

        assertThat(depth()).isEqualTo(3);
    }

    private long depth() {
        return b.number("select depth from depth('q')");
    }
}
