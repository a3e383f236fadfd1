package io.awa.reactive.worker.internal.maintenance;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class OverrunsTest {

    private final Overruns overruns = new Overruns(1_000);

    @Test
    void threeSlowPassesRunningBeginAnEpisode() {
        assertThat(took(1_501, 1_501)).containsExactly(Overruns.Change.NONE, Overruns.Change.NONE);
        assertThat(took(1_501)).containsExactly(Overruns.Change.BEGAN);
        assertThat(took(9_000, 9_000, 9_000)).as("told once").containsOnly(Overruns.Change.NONE);
    }

    @Test
    void oneThatIsQuickerBreaksTheRow() {
        assertThat(took(1_501, 1_501, 1_500, 1_501, 1_501, 1_400)).containsOnly(Overruns.Change.NONE);
    }

    /** On the edge nothing is told: what lies between both bounds neither begins nor ends one. */
    @Test
    void threeQuickOnesEndIt() {
        took(2_000, 2_000, 2_000);
        assertThat(took(699, 699, 700, 1_000, 699, 699)).containsOnly(Overruns.Change.NONE);
        assertThat(took(1_400, 699, 699, 699)).endsWith(Overruns.Change.ENDED);
        assertThat(took(2_000, 2_000, 2_000)).endsWith(Overruns.Change.BEGAN);
    }

    private List<Overruns.Change> took(long... nanos) {
        return Arrays.stream(nanos).mapToObj(overruns::took).toList();
    }
}
