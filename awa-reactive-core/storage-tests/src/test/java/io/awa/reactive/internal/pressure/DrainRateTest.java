package io.awa.reactive.internal.pressure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Map;
import org.junit.jupiter.api.Test;

/** The rate at which a queue empties, from looks. */
class DrainRateTest {

    @Test
    void aSteadyRateIsRightFromTheSecondLookOn() {
        DrainRate rate = DrainRate.UNKNOWN.seen(at(1_000_000, 500));
        assertThat(rate.known()).isFalse();
        assertThat(rate.perSecond()).isZero();

        rate = rate.seen(at(1_250_000, 600));

        assertThat(rate.known()).isTrue();
        assertThat(rate.perSecond()).isCloseTo(400, within(1e-6));
        for (int i = 1; i <= 100; i++) {
            rate = rate.seen(at(1_250_000 + i * 10_000L, 600 + i * 4L));
        }
        assertThat(rate.perSecond()).isCloseTo(400, within(1e-6));
    }

    @Test
    void aChangeIsSeenAfterSomeSeconds() {
        DrainRate rate = DrainRate.UNKNOWN;
        long micros = 1;
        long passed = 0;
        for (int i = 0; i < 1_000; i++) {
            rate = rate.seen(at(micros += 100_000, passed += 100));
        }
        assertThat(rate.perSecond()).isCloseTo(1_000, within(1e-3));
        for (int i = 0; i < 50; i++) {
            rate = rate.seen(at(micros += 100_000, passed));
        }
        assertThat(rate.perSecond()).as("after 5 s of standstill").isCloseTo(1_000 / Math.E, within(1.0));
    }

    /** Jobs that are put back, segments without claims, looks in the wrong order: nothing leaves a queue twice. */
    @Test
    void whatFallsBackIsNotCountedAgain() {
        DrainRate rate = DrainRate.UNKNOWN
                .seen(at(1_000_000, 100))
                .seen(at(2_000_000, 0))
                .seen(at(3_000_000, 100));
        assertThat(rate.perSecond()).isZero();

        DrainRate older = rate.seen(at(2_500_000, 5_000));
        assertThat(older).isEqualTo(rate);
        assertThat(rate.seen(at(4_000_000, 110)).perSecond()).isPositive().isLessThan(10);
    }

    @Test
    void aNewLaneBeginsWhereItIs() {
        DrainRate rate = DrainRate.UNKNOWN
                .seen(new Reading(0, null, Map.of(1, 7L), 1_000_000))
                .seen(new Reading(0, null, Map.of(1, 7L, 2, 9_000L), 2_000_000));
        assertThat(rate.perSecond()).isZero();
    }

    private static Reading at(long micros, long passed) {
        return new Reading(0, null, Map.of(1, passed), micros);
    }
}
