package io.awa.reactive.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** {@link LongRun}, for those who have the time: {@code mvn -Pchaos -Dawa.chaos.seconds=3600 verify}. */
@Tag("chaos")
class LongRunTest {

    @Test
    void everyFaultInRandomOrder() {
        assertThat(new LongRun().run()).startsWith("CHAOS VERDICT CLEAN");
    }
}
