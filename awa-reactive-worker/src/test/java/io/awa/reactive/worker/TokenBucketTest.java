package io.awa.reactive.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.awa.reactive.AwaValidationException;
import io.awa.reactive.admin.RateLimit;
import io.awa.reactive.testkit.SeededTest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import reactor.core.scheduler.Schedulers;
import reactor.test.scheduler.VirtualTimeScheduler;

@ExtendWith(OneTry.class)
class TokenBucketTest {

    private static final long MILLI = 1_000_000;
    private static final FleetTokens NO_FLEET = new FleetTokens(1, new Fleet(null, Schedulers.immediate()));

    @Test
    void aLimitSaysWhatItAccepts() {
        assertThat(RateLimit.perSecond(2.5).burst()).isEqualTo(3);
        assertThat(RateLimit.perMinute(1).burst()).isEqualTo(1);
        assertThat(RateLimit.perHour(7_200).perSecond()).isEqualTo(2);
        for (double bad : new double[] {0, -1, Double.NaN, Double.POSITIVE_INFINITY, 1e7}) {
            assertThatThrownBy(() -> RateLimit.perSecond(bad))
                    .isInstanceOf(AwaValidationException.class)
                    .hasMessageContaining("rate")
                    .hasMessageContaining("one in 30 days to 1000000 a second");
        }
        assertThatThrownBy(() -> RateLimit.perSecond(1).burst(0))
                .isInstanceOf(AwaValidationException.class)
                .hasMessageContaining("burst")
                .hasMessageContaining("1 to 1000000");
    }

    @Test
    void theBurstFirstAndThenTheRate() {
        TokenBucket bucket = new TokenBucket(RateLimit.perSecond(100).burst(5), 0);
        assertThat(bucket.take(512, 0)).isEqualTo(5);
        assertThat(bucket.take(512, 0)).isZero();
        assertThat(bucket.nanosToNext(0)).isEqualTo(10 * MILLI);
        assertThat(bucket.take(512, 30 * MILLI)).isEqualTo(3);
        // It holds no more than the burst.
        assertThat(bucket.take(512, 10_000 * MILLI)).isEqualTo(5);
    }

    @Test
    void whatIsGivenBackIsThereAgainAndNoMore() {
        TokenBucket bucket = new TokenBucket(RateLimit.perSecond(1).burst(4), 0);
        assertThat(bucket.take(3, 0)).isEqualTo(3);
        bucket.giveBack(2);
        assertThat(bucket.take(9, 0)).isEqualTo(3);
        bucket.giveBack(9);
        assertThat(bucket.take(9, 0)).isEqualTo(4);
    }

    @Test
    void aChangeKeepsWhatIsThereAsFarAsItFits() {
        TokenBucket bucket = new TokenBucket(RateLimit.perSecond(100).burst(50), 0);
        bucket.change(RateLimit.perSecond(1).burst(10), 0);
        assertThat(bucket.take(100, 0)).isEqualTo(10);
        bucket.change(RateLimit.perSecond(1_000).burst(1_000), 0);
        assertThat(bucket.take(100, 0)).isZero();
        assertThat(bucket.take(100, 10 * MILLI)).isEqualTo(10);
    }

    /** In no window are there more than burst + rate * length, whatever is asked for and when. */
    @SeededTest
    void noWindowHasMore(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        double rate = random.nextDouble(0.5, 500);
        int burst = random.nextInt(1, 50);
        TokenBucket bucket = new TokenBucket(RateLimit.perSecond(rate).burst(burst), 0);
        List<long[]> taken = new ArrayList<>();
        long now = 0;
        for (int i = 0; i < 300; i++) {
            now += random.nextLong(0, 100 * MILLI);
            int got = bucket.take(random.nextInt(1, 100), now);
            int unused = random.nextInt(4) == 0 ? random.nextInt(0, got + 1) : 0;
            bucket.giveBack(unused);
            taken.add(new long[] {now, got - unused});
        }
        for (int from = 0; from < taken.size(); from++) {
            long sum = 0;
            for (int to = from; to < taken.size(); to++) {
                sum += taken.get(to)[1];
                double seconds = (taken.get(to)[0] - taken.get(from)[0]) / 1e9;
                assertThat(sum).isLessThanOrEqualTo((long) Math.floor(burst + rate * seconds + 1e-6));
            }
        }
        assertThat(taken.stream().mapToLong(t -> t[1]).sum()).isPositive();
    }

    @Test
    void theGateWakesWhenThereIsATokenAndNotOftener() {
        VirtualTimeScheduler timer = VirtualTimeScheduler.create();
        AtomicLong base = new AtomicLong();
        RateGate gate = new RateGate(RateLimit.perSecond(200).burst(1), NO_FLEET, timer, base::get);
        AtomicInteger woken = new AtomicInteger();
        gate.onFree(woken::incrementAndGet);
        assertThat(gate.reserve(10)).isEqualTo(1);
        assertThat(gate.reserve(10)).isZero();
        assertThat(gate.reserve(10)).isZero();
        timer.advanceTimeBy(Duration.ofMillis(19));
        assertThat(woken).hasValue(0);
        timer.advanceTimeBy(Duration.ofMillis(1));
        assertThat(woken).hasValue(1);
        timer.advanceTimeBy(Duration.ofSeconds(1));
        assertThat(woken).hasValue(1);
        gate.limit(null);
        assertThat(woken).hasValue(2);
        assertThat(gate.reserve(10_000)).isEqualTo(10_000);
        timer.dispose();
    }

    @Test
    void twoGatesGrantWhatBothDoAndKeepNothing() {
        VirtualTimeScheduler timer = VirtualTimeScheduler.create();
        Slots slots = new Slots(5, null);
        RateGate rate = new RateGate(RateLimit.perSecond(1).burst(3), NO_FLEET, timer, () -> 0);
        Gate both = slots.and(rate);
        assertThat(both.reserve(100)).isEqualTo(3);
        assertThat(both.reserve(100)).isZero();
        both.giveBack(1);
        assertThat(both.reserve(100)).isEqualTo(1);
        slots.free(3);
        rate.limit(null);
        assertThat(both.reserve(100)).isEqualTo(5);
        timer.dispose();
    }
}
