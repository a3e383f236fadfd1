package io.awa.reactive.engine;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** It rises to what is proven and no further. */
class LowWaterTest {

    private final LowWater low = new LowWater();

    @Test
    void risesToTheMarkOnceAllBelowItHaveEnded() {
        assertThat(low.wantsMark()).isTrue();
        low.mark(100, 7);
        assertThat(low.wantsMark()).isFalse();
        low.passed(110, 6, 110);
        assertThat(low.from()).isZero();
        assertThat(low.wantsMark()).isFalse();
        low.passed(120, 7, 120);
        assertThat(low.from()).isEqualTo(100);
        assertThat(low.wantsMark()).isTrue();
    }

    @Test
    void notWithoutAMark() {
        low.passed(100, 9, 100);
        assertThat(low.from()).isZero();
    }

    @Test
    void notAboveWhatWasLeftBehind() {
        low.mark(100, 7);
        low.passed(110, 7, 50);
        assertThat(low.from()).isEqualTo(50);
    }

    @Test
    void neverFalls() {
        low.mark(100, 7);
        low.passed(110, 7, 110);
        low.mark(110, 8);
        low.passed(120, 8, 20);
        assertThat(low.from()).isEqualTo(100);
    }

    @Test
    void aClockThatGoesBackStartsItAnew() {
        low.mark(100, 7);
        low.passed(110, 7, 110);
        low.mark(110, 8);
        low.passed(90, 9, 90);
        assertThat(low.from()).isZero();
        assertThat(low.wantsMark()).isTrue();
    }
}
