package io.awa.reactive.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.engine.PromotionLows.Round;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The rule S6: when a low-water rises, and what takes it away. */
class PromotionLowsTest {

    private static final long SECOND = 1_000_000;

    private final PromotionLows lows = new PromotionLows();
    private long nanos;

    @Test
    void aStoreThatIsNotKnownIsWalkedFromItsBeginning() {
        assertThat(lows.starts().stores()).isEmpty();
        learn(round(100 * SECOND, 10, 10, 0, 500L, 500));
        assertThat(lows.low(1)).isNull();
        assertThat(lows.starts().stores()).isEmpty();
    }

    @Test
    void theNextWalkProvesTheMark() {
        learn(round(100 * SECOND, 10, 10, 0, 500L, 500));
        learn(round(101 * SECOND, 0, 10, 0, null, 501));
        assertThat(lows.low(1)).isEqualTo(100 * SECOND - PromotionLows.MARGIN_US);
        assertThat(lows.starts().since()).containsExactly(100 * SECOND - PromotionLows.MARGIN_US);
    }

    /** A transaction older than the mark may yet commit an entry that is due before it. */
    @Test
    void aWriterOlderThanTheMarkKeepsTheLowWater() {
        learn(round(100 * SECOND, 10, 10, 0, 500L, 490));
        learn(round(101 * SECOND, 0, 10, 0, null, 490));
        learn(round(102 * SECOND, 0, 10, 0, null, 499));
        assertThat(lows.low(1)).isNull();
        learn(round(103 * SECOND, 0, 10, 0, null, 500));
        assertThat(lows.low(1)).isEqualTo(100 * SECOND - PromotionLows.MARGIN_US);
    }

    /** Later marks would never be proven before the first one is. */
    @Test
    void theOldestMarkStays() {
        learn(round(100 * SECOND, 10, 10, 0, 500L, 490));
        learn(round(101 * SECOND, 10, 20, 0, 600L, 490));
        learn(round(102 * SECOND, 0, 20, 0, null, 510));
        assertThat(lows.low(1)).isEqualTo(100 * SECOND - PromotionLows.MARGIN_US);
    }

    @Test
    void aWalkThatLeftSomethingBehindProvesNothing() {
        learn(round(100 * SECOND, 10, 10, 0, 500L, 500));
        learn(round(101 * SECOND, 0, 10, 1, null, 600));
        assertThat(lows.low(1)).isNull();
    }

    /** The snapshot of its first round counts: what a later one sees may lie where it does not look any more. */
    @Test
    void aWalkOfSeveralRoundsIsAsOldAsItsFirst() {
        learn(round(100 * SECOND, 10, 10, 0, 500L, 500));
        learn(more(101 * SECOND, 499, 99 * SECOND, 77));
        assertThat(lows.starts().since()).containsExactly(99 * SECOND);
        assertThat(lows.starts().after()).containsExactly(77L);
        learn(round(102 * SECOND, 0, 10, 0, null, 600));
        assertThat(lows.low(1)).isNull();
        assertThat(lows.starts().stores()).as("the next one begins anew").isEmpty();
        learn(round(103 * SECOND, 0, 10, 0, null, 600));
        assertThat(lows.low(1)).isNotNull();
    }

    @Test
    void aSealedStoreNeedsOneWholeWalk() {
        learn(new Round(1, true, 5, 50, 0, false, 10, 700L, 100 * SECOND, 1L, 1L));
        assertThat(lows.low(1)).isEqualTo(100 * SECOND);
        learn(new Round(1, true, 0, 0, 0, false, 10, null, 101 * SECOND, null, null));
        assertThat(lows.low(1)).isEqualTo(101 * SECOND);
    }

    @Test
    void aSealSeenInTheMiddleOfAWalkIsSeenTooLate() {
        learn(more(100 * SECOND, 10, 99 * SECOND, 77));
        learn(new Round(1, true, 5, 50, 0, false, 10, 700L, 101 * SECOND, 1L, 1L));
        assertThat(lows.low(1)).isNull();
    }

    @Test
    void aClockThatGoesBackForgetsEverything() {
        learn(round(100 * SECOND, 10, 10, 0, 500L, 500));
        learn(round(101 * SECOND, 0, 10, 0, null, 501));
        learn(round(100 * SECOND, 0, 0, 0, null, 502));
        assertThat(lows.low(1)).isNull();
        assertThat(lows.starts().stores()).isEmpty();
    }

    @Test
    void aStoreThatIsGoneIsForgotten() {
        learn(round(100 * SECOND, 10, 10, 0, 500L, 500));
        learn(round(101 * SECOND, 0, 10, 0, null, 501));
        lows.learn(List.of(new Round(2, false, 0, 0, 0, false, 1, null, 102 * SECOND, null, null)), nanos, 1);
        assertThat(lows.low(1)).isNull();
    }

    /** The first walk of a process may look at much and promote nothing: it would do so every time. */
    @Test
    void aWalkForNothingWantsAMark() {
        learn(round(100 * SECOND, 0, 500, 0, null, 500));
        assertThat(lows.wantsMark()).isFalse();
        learn(round(101 * SECOND, 0, 5_000, 0, null, 500));
        assertThat(lows.wantsMark()).isTrue();
        lows.mark(102 * SECOND, 510);
        assertThat(lows.wantsMark()).isFalse();
        learn(round(103 * SECOND, 0, 5_000, 0, null, 511));
        assertThat(lows.low(1)).isEqualTo(102 * SECOND - PromotionLows.MARGIN_US);
        assertThat(lows.wantsMark()).isFalse();
    }

    /** One that stays open for an hour must not make every walk read the hour. */
    @Test
    void costlyWalksAreMadeRarer() {
        learn(round(100 * SECOND, 10, 10, 0, 500L, 490));
        learn(round(101 * SECOND, 0, PromotionLows.DEAR + 1, 0, null, 490), 1_000);
        assertThat(lows.starts().since()).containsExactly(101 * SECOND - PromotionLows.MARGIN_US);
        nanos += 9_000;
        learn(round(102 * SECOND, 0, 0, 0, null, 600), 10);
        assertThat(lows.low(1)).as("it did not begin at the low-water").isNull();
        assertThat(lows.starts().since()).containsExactly(102 * SECOND - PromotionLows.MARGIN_US);
        nanos += 1_000;
        learn(round(103 * SECOND, 0, 0, 0, null, 600), 10);
        assertThat(lows.starts().stores()).as("the whole again").isEmpty();
        learn(round(104 * SECOND, 0, PromotionLows.DEAR + 1, 0, null, 600), 1_000);
        assertThat(lows.low(1)).isEqualTo(100 * SECOND - PromotionLows.MARGIN_US);
    }

    private void learn(Round round) {
        learn(round, 1);
    }

    private void learn(Round round, long took) {
        lows.learn(List.of(round), nanos, took);
    }

    private static Round round(long at, int promoted, int seen, int refused, @Nullable Long xid, long xmin) {
        return new Round(1, false, promoted, seen, refused, false, xmin, xid, at, at - 1, 9L);
    }

    private static Round more(long at, long xmin, long last, long entry) {
        return new Round(1, false, 10, 10, 0, true, xmin, 999L, at, last, entry);
    }
}
