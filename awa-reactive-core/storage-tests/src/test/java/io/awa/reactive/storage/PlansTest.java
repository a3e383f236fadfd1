package io.awa.reactive.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The hot statements touch pages in proportion to their batch, whatever the backlog, the history, and what the planner
 * believed when it planned. Pages, not times: they do not depend on the machine.
 */
class PlansTest extends StorageTest {

    private static final int DEEP = 500_000;

    /** Every child is empty when its first plan is made, and has no statistics. */
    @Test
    void plannedWhileEmpty() {
        warm();
        Load.backlog(c, DEEP);
        check("loaded");
        c.run("analyze jobs_0");
        check("analysed");
        c.run("analyze");
        check("all analysed");
        a.rotate();
        Load.backlog(c, 50_000);
        a.seal(1);
        check("sealed, with another behind it");
    }

    @Tag("soak")
    @Test
    void aMillion() {
        warm();
        Load.backlog(c, 1_000_000);
        check("a million");
        c.run("analyze");
        check("a million, analysed");
    }

    /** A session that first sees the backlog plans no worse. */
    @Test
    void plannedOnABacklog() {
        Load.backlog(c, 100_000);
        warm();
        check("planned on a backlog");
    }

    /** TRUNCATE takes the statistics and the plans with it. */
    @Test
    void afterAPruneAndReuse() {
        warm();
        a.rotate();
        c.run("analyze");
        assertThat(a.reclaim(1)).isEqualTo("Pruned");
        a.enqueue(1);
        a.claim(1);
        a.rotate();
        assertThat(a.number("select last_value & 255 from current_segment")).isZero();
        Load.backlog(c, 200_000);
        assertThat(a.claim(1).size()).isEqualTo(1);
        check("reused");
    }

    /** D6: the cold paths as well. */
    @Test
    void aLongHistory() {
        Load.history(c, 100_000);
        c.run("select 1");
        warm();
        Load.backlog(c, 20_000);
        check("history");
        for (boolean analysed : new boolean[] {false, true}) {
            if (analysed) {
                c.run("analyze");
            }
            Taken held = a.claim(3);
            long waiting = held.positions().get(2) + 10;
            assertThat(Load.buffers(a, Session.cancelCall((int) (waiting & Taken.SEQUENCE))))
                    .isLessThan(150);
            assertThat(Load.buffers(a, Session.cancelCall(77)))
                    .as("cancel of an ended job")
                    .isLessThan(150);
            assertThat(Load.buffers(a, Item.close(5, List.of(new Item(held, "100", "f")))))
                    .as("a failure, planned anew after analyze; 28 once planned")
                    .isLessThan(250);
            assertThat(Load.buffers(a, Item.release(6, List.of(new Item(held, "010", "r")))))
                    .isLessThan(200);
            long first = (1L << 41) + 1;
            for (long position : new long[] {
                first, first + 50_000, held.positions().get(1), held.positions().get(2), waiting, waiting + 1
            }) {
                assertThat(Load.buffers(a, "select * from job(" + position + ")"))
                        .as("job %s", position - first)
                        .isLessThan(600);
            }
            assertThat(Load.buffers(a, "select * from depth('q')")).isLessThan(200);
        }
    }

    /** A plan for each function this session calls, made now, and made generic by repetition. */
    private void warm() {
        a.enqueue(60);
        for (int i = 0; i < 8; i++) {
            Taken claim = a.claim(5);
            a.close(new Item(claim, "00100", "f"));
            a.release(claim, 0);
            a.complete(claim);
            a.texts("select state from job(" + claim.positions().get(1) + ")");
            a.texts("select depth from depth('q')");
        }
        a.cancel(60, 1);
        a.complete(a.claim(100));
    }

    private void check(String when) {
        for (int n : new int[] {1, 20, 512}) {
            a.claim(n);
            long nonce = Session.nonce();
            assertThat(Load.buffers(a, Session.claimCall(1, n, nonce)))
                    .as("%s: pages of a claim of %s", when, n)
                    .isLessThan(4L * n + 150);
            Taken claim = Taken.of(a.row("select * from replay(1, " + nonce + ")"), nonce, true);
            assertThat(claim.size()).isEqualTo(n);
            assertThat(Load.buffers(a, Item.close(nonce, List.of(Item.completed(claim)))))
                    .as("%s: pages of a close of %s", when, n)
                    .isLessThan(150);
        }
        Item[] small = new Item[64];
        for (int i = 0; i < small.length; i++) {
            small[i] = Item.completed(a.claim(8));
        }
        assertThat(Load.buffers(a, Item.close(1, List.of(small))))
                .as("%s: pages of a close of 64 claims", when)
                .isLessThan(25L * small.length);
    }
}
