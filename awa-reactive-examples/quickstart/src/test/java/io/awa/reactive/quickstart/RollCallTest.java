package io.awa.reactive.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class RollCallTest {

    private static final long PAGE = 1 << 16;

    private final RollCall roll = new RollCall();

    @Test
    void everyNumberIsFirstOnce() {
        assertThat(LongStream.range(0, 2 * PAGE + 1).filter(roll::first).count())
                .isEqualTo(2 * PAGE + 1);
        assertThat(LongStream.range(0, 2 * PAGE + 1).filter(roll::first).count())
                .isZero();
        assertThat(roll.first(2 * PAGE + 1)).isTrue();
    }
}
