package io.awa.reactive.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.engine.CounterRange;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The list names every claim in hand and everything that is not used yet. */
@ExtendWith(OneTry.class)
class LiveClaimsTest {

    private static final long MASK = 0xffff_ffffL;

    /** Wherever the counter stands, around the place where it comes round as well. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, -1, -40, -2_000, Integer.MAX_VALUE, Integer.MAX_VALUE - 300, Integer.MIN_VALUE})
    void namesAllInHand(int start) {
        for (int seed = 0; seed < 20; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            Nonces nonces = new Nonces(3, start);
            LiveClaims live = new LiveClaims(nonces);
            TreeSet<Long> mine = new TreeSet<>();
            TreeSet<Long> gone = new TreeSet<>();
            int most = random.nextInt(1, 400);
            for (int i = 0; i < most; i++) {
                long nonce = live.begin();
                if (random.nextInt(3) == 0) {
                    mine.add(nonce & MASK);
                } else {
                    live.none(nonce);
                    gone.add(nonce & MASK);
                }
            }
            List<CounterRange> ranges = live.ranges();
            assertThat(ranges).hasSizeLessThanOrEqualTo(LiveClaims.RANGES + 1);
            assertThat(mine).allMatch(counter -> named(ranges, counter));
            if (mine.size() < LiveClaims.RANGES - 2) {
                assertThat(gone).noneMatch(counter -> named(ranges, counter));
            }
            long next = nonces.following();
            for (long ahead : new long[] {0, 1, 1_000_000, (1L << 31) - 1}) {
                assertThat(named(ranges, next + ahead & MASK)).isTrue();
            }
            assertThat(named(ranges, next - (1L << 30) & MASK)).isFalse();
        }
    }

    /** Where there are too many, the widest gaps stay. */
    @Test
    void joinsTheNearest() {
        Nonces nonces = new Nonces(3, 0);
        LiveClaims live = new LiveClaims(nonces);
        for (int i = 0; i < 1_000; i++) {
            live.begin();
            nonces.next();
        }
        for (int i = 0; i < 100; i++) {
            nonces.next();
        }
        live.begin();
        List<CounterRange> ranges = live.ranges();
        assertThat(ranges).hasSizeLessThanOrEqualTo(LiveClaims.RANGES + 1);
        assertThat(named(ranges, 2_050)).isFalse();
        assertThat(named(ranges, 1)).isTrue();
        assertThat(named(ranges, 1_999)).isTrue();
        assertThat(named(ranges, 2_101)).isTrue();
    }

    private static boolean named(List<CounterRange> ranges, long counter) {
        return ranges.stream().anyMatch(range -> range.from() <= counter && counter < range.to());
    }
}
