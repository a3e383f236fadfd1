package io.awa.reactive.job;

import static io.awa.reactive.Refusals.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.admin.JobState;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class UniqueTest {

    @Test
    void settingsReturnANewInstanceAndKeepTheRest() {
        Unique terms =
                Unique.byArgs("b", "a").perQueue().within(Duration.ofHours(1)).during(JobState.FAILED);

        assertThat(terms.args()).isTrue();
        assertThat(terms.members()).containsExactly("a", "b");
        assertThat(terms.queue()).isTrue();
        assertThat(terms.period()).contains(Duration.ofHours(1));
        assertThat(terms.key()).isEmpty();
        assertThat(Unique.byKey("k").key()).contains("k");
        assertThat(Unique.byKey("k").args()).isFalse();
        assertThat(terms)
                .isEqualTo(Unique.byArgs("a", "b")
                        .during(JobState.FAILED)
                        .within(Duration.ofHours(1))
                        .perQueue())
                .hasSameHashCodeAs(Unique.byArgs("a", "b")
                        .during(JobState.FAILED)
                        .within(Duration.ofHours(1))
                        .perQueue());
        assertThat(Unique.byKey("secret").toString()).doesNotContain("secret");
    }

    @Test
    void statesBetweenWhichAJobIsMovedAreAlwaysIn() {
        assertThat(Unique.byArgs().states())
                .containsExactlyInAnyOrder(
                        JobState.SCHEDULED,
                        JobState.SNOOZED,
                        JobState.AVAILABLE,
                        JobState.RUNNING,
                        JobState.WAITING,
                        JobState.RETRYING,
                        JobState.COMPLETED);
        assertThat(Unique.byArgs().during().states())
                .containsExactlyInAnyOrder(JobState.AVAILABLE, JobState.RUNNING, JobState.WAITING);
        assertThat(Unique.byArgs().during(JobState.values()).states()).containsExactlyInAnyOrder(JobState.values());
    }

    @Test
    void refusalsNameTheField() {
        assertRefused(() -> Unique.byKey(" "), "unique.key", "not blank");
        assertRefused(() -> Unique.byArgs(List.of()), "unique.members", "at least one name");
        assertRefused(() -> Unique.byArgs().within(Duration.ZERO), "unique.within", "1 ms to 3650 days");
        assertRefused(() -> Unique.byArgs().within(Duration.ofNanos(1_500_000)), "unique.within", "whole milliseconds");
        assertRefused(() -> Unique.byArgs().within(Duration.ofDays(3651)), "unique.within", "1 ms to 3650 days");
        assertRefused(() -> Unique.byArgs().during((JobState) null), "unique.during", "not null");
    }
}
