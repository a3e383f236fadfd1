package io.awa.reactive.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RequestLowsTest {

    private static final Instant T0 = Instant.parse("2026-01-01T00:00:00Z");

    private final RequestLows lows = new RequestLows();

    @BeforeEach
    void marked() {
        lows.generation(1);
        assertThat(lows.markDue()).isTrue();
        lows.mark(T0, 100);
        assertThat(lows.markDue()).isFalse();
    }

    @Test
    void risesToTheMarkWhenAllBeforeItHaveEnded() {
        lows.passed(5, T0.plusMillis(1), 100, true);
        assertThat(lows.from(5)).isEqualTo(T0);
        assertThat(lows.from(6)).isNull();
    }

    @Test
    void staysWhileSomebodyOlderRuns() {
        lows.passed(5, T0.plusMillis(1), 99, true);
        assertThat(lows.from(5)).isNull();
    }

    @Test
    void staysWhileSomethingIsLeft() {
        lows.passed(5, T0.plusMillis(1), 100, false);
        assertThat(lows.from(5)).isNull();
    }

    @Test
    void aClockThatGoesBackForgetsAll() {
        lows.passed(5, T0.plusMillis(1), 100, true);
        lows.passed(5, T0.minusMillis(1), 100, true);
        assertThat(lows.from(5)).isNull();
        assertThat(lows.markDue()).isTrue();
        lows.mark(T0, 100);
        lows.passed(5, T0, 100, true);
        lows.mark(T0.minusSeconds(1), 101);
        assertThat(lows.from(5)).isNull();
    }

    @Test
    void anotherConnectionForgetsAll() {
        lows.passed(5, T0.plusMillis(1), 100, true);
        lows.generation(2);
        assertThat(lows.from(5)).isNull();
    }

    @Test
    void storesThatAreGoneAreForgotten() {
        lows.passed(5, T0.plusMillis(1), 100, true);
        lows.keep(List.of(6L));
        assertThat(lows.from(5)).isNull();
    }
}
