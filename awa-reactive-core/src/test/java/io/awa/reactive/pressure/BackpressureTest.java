package io.awa.reactive.pressure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.awa.reactive.AwaValidationException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BackpressureTest {

    @Test
    void theDefaultsAreWhatTheyAreSaidToBe() {
        assertThat(Backpressure.atDepth(10_000)).isEqualTo(new Backpressure(10_000, 5_000, 1_250, null));
        assertThat(Backpressure.atDepth(10_000).resumeAt(9_000)).isEqualTo(new Backpressure(10_000, 9_000, 250, null));
        assertThat(Backpressure.atDepth(1)).isEqualTo(new Backpressure(1, 0, 1, null));
        assertThat(Backpressure.atDepth(1_000_000).burst()).isEqualTo(Backpressure.LARGEST_BURST);
        assertThat(Backpressure.atDrainTime(Duration.ofSeconds(30)))
                .isEqualTo(new Backpressure(1_000, 500, 125, Duration.ofSeconds(30)));
        assertThat(Backpressure.atDrainTime(Duration.ofSeconds(30)).atLeast(100).burst(7))
                .isEqualTo(new Backpressure(100, 50, 7, Duration.ofSeconds(30)));
    }

    @ParameterizedTest
    @CsvSource({
        "0,0,1,,high",
        "1000000001,0,1,,high",
        "10,10,1,,low",
        "10,-1,1,,low",
        "10,5,6,,burst",
        "10,5,0,,burst",
        "100000,0,4097,,burst",
        "10,5,1,PT0S,drainTime",
        "10,5,1,PT0.000999999S,drainTime",
        "10,5,1,PT720H0.000000001S,drainTime",
        "10,5,1,PT9223372036854775807S,drainTime"
    })
    void whatIsOutOfRangeIsNamed(long high, long low, int burst, Duration drainTime, String field) {
        assertThatThrownBy(() -> new Backpressure(high, low, burst, drainTime))
                .isInstanceOfSatisfying(
                        AwaValidationException.class, e -> assertThat(e.field()).isEqualTo(field));
    }

    @Test
    void theTimeToDrainFollows() {
        assertThat(QueuePressure.of("q", 100, 0, 50).drainTime()).isEqualTo(Duration.ofSeconds(2));
        assertThat(QueuePressure.of("q", 0, 0, 0).drainTime()).isEqualTo(Duration.ZERO);
        assertThat(QueuePressure.of("q", 100, 0, 0).drainTime()).isNull();
        assertThat(QueuePressure.of("q", 100, 0, 1e-30).drainTime()).isNull();
        assertThat(QueuePressure.of("q", 30, 70, 50).drainTime()).isEqualTo(Duration.ofSeconds(2));
        assertThat(QueuePressure.of("q", 0, 1, 0).drainTime()).isNull();
    }
}
