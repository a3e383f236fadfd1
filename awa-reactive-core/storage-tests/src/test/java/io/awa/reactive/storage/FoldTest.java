package io.awa.reactive.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Lifetime counters: each finished child counts once, whoever folds it, and its numbers outlive it. */
class FoldTest extends StorageTest {

    @Test
    void endsOutliveTheirSegment() {
        finished(1);
        assertThat(fold(a, 1)).isEqualTo("5");
        assertThat(totals()).containsExactly("q c 4", "q f 1");
        assertThat(a.prune(1)).isEqualTo("Pruned");
        assertThat(totals()).containsExactly("q c 4", "q f 1");
        finished(2);
        assertThat(fold(a, 2)).isEqualTo("5");
        assertThat(totals()).containsExactly("q c 8", "q f 2");
    }

    @Test
    void onceAndOnlyWhenFinished() {
        a.enqueue(1);
        a.complete(a.claim(1));
        a.rotate();
        a.seal(1);
        assertThat(fold(a, 1)).isEqualTo("null");
        a.exhaust(1);
        a.finish(1);
        assertThat(fold(a, 1)).isEqualTo("1");
        assertThat(fold(a, 1)).isEqualTo("null");
        assertThat(totals()).containsExactly("q c 1");
    }

    @Test
    void twoFold() {
        finished(1);
        a.begin();
        assertThat(fold(a, 1)).isEqualTo("5");
        var rival = b.send("select fold('g', 1)");
        c.untilBlocked(b);
        a.commit();
        assertThat(Session.await(rival).get(0).first()).isNull();
        assertThat(totals()).containsExactly("q c 4", "q f 1");
    }

    /** A fold that is rolled back has counted nothing, and the one that waited for it counts. */
    @Test
    void aFoldThatIsRolledBack() {
        finished(1);
        a.begin();
        fold(a, 1);
        var rival = b.send("select fold('g', 1)");
        c.untilBlocked(b);
        a.rollback();
        assertThat(Session.await(rival).get(0).number("fold")).isEqualTo(5);
        assertThat(totals()).containsExactly("q c 4", "q f 1");
    }

    @Test
    void rowsOfWhatIsGoneAreMerged() {
        for (int segment = 1; segment <= 6; segment++) {
            finished(segment);
            fold(a, segment);
            if (segment != 3) {
                assertThat(a.prune(segment)).isEqualTo("Pruned");
            }
        }
        List<String> before = totals();
        assertThat(a.number("select merge_ended('g', 6)")).as("too few").isZero();
        a.begin();
        assertThat(a.number("select merge_ended('g', 5)")).isEqualTo(5);
        assertThat(b.texts("select concat_ws(' ', queue, outcome, n) from ended_totals()"))
                .isEqualTo(before);
        var rival = b.send("select merge_ended('g', 5)");
        c.untilBlocked(b);
        a.commit();
        Session.await(rival);
        assertThat(totals()).isEqualTo(before).containsExactly("q c 24", "q f 6");
        assertThat(a.texts("select segment from generations where ended_counts is not null order by 1"))
                .containsExactly("3", "6");
        assertThat(fold(a, 3)).isEqualTo("null");
    }

    /** Released members did not end; mixed outcomes of one flush are told apart. */
    @Test
    void releasedOnesDoNotCount() {
        a.enqueue(6);
        Taken claim = a.claim(6);
        a.close(new Item(claim, claim.bits(0, 1, 2), "cfc"));
        a.release(claim, 3);
        a.complete(claim);
        a.complete(a.claim(9));
        a.rotate();
        a.seal(1);
        a.exhaust(1);
        assertThat(a.finish(1)).isEqualTo("Finished");
        assertThat(fold(a, 1)).isEqualTo("6");
        assertThat(totals()).containsExactly("q c 5", "q f 1");
    }

    private void finished(int segment) {
        a.enqueue(5);
        Taken claim = a.claim(5);
        a.close(new Item(claim, claim.bits(1), "f"));
        a.complete(claim);
        a.rotate();
        a.seal(segment);
        a.exhaust(1);
        assertThat(a.finish(segment)).isEqualTo("Finished");
    }

    private static String fold(Session session, int segment) {
        return session.text("select fold('g', " + segment + ")");
    }

    private List<String> totals() {
        return a.texts("select concat_ws(' ', queue, outcome, n) from ended_totals()");
    }
}
