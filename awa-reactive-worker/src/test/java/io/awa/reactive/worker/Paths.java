package io.awa.reactive.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.admin.JobState;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Which state may follow which, by itself or by an operator; docs/concepts/state-machine.md. */
final class Paths {

    private static final Map<JobState, Set<JobState>> NEXT = Map.of(
            JobState.SCHEDULED, Set.of(JobState.AVAILABLE, JobState.SCHEDULED, JobState.CANCELLED),
            JobState.AVAILABLE, Set.of(JobState.RUNNING, JobState.AVAILABLE, JobState.GATED, JobState.CANCELLED),
            JobState.RUNNING,
                    Set.of(
                            JobState.COMPLETED,
                            JobState.RETRYING,
                            JobState.SNOOZED,
                            JobState.WAITING,
                            JobState.FAILED,
                            JobState.DEAD,
                            JobState.CANCELLED,
                            JobState.AVAILABLE),
            JobState.WAITING,
                    Set.of(
                            JobState.RUNNING,
                            JobState.COMPLETED,
                            JobState.FAILED,
                            JobState.DEAD,
                            JobState.RETRYING,
                            JobState.SNOOZED,
                            JobState.CANCELLED,
                            JobState.AVAILABLE,
                            JobState.SCHEDULED),
            JobState.RETRYING, Set.of(JobState.AVAILABLE, JobState.RETRYING, JobState.CANCELLED),
            JobState.SNOOZED, Set.of(JobState.AVAILABLE, JobState.SNOOZED, JobState.CANCELLED),
            JobState.COMPLETED, Set.of(),
            JobState.FAILED, Set.of(JobState.AVAILABLE, JobState.SCHEDULED, JobState.DEAD, JobState.FAILED),
            JobState.DEAD, Set.of(JobState.AVAILABLE, JobState.SCHEDULED, JobState.FAILED, JobState.DEAD),
            JobState.CANCELLED, Set.of(JobState.AVAILABLE, JobState.SCHEDULED));

    private Paths() {}

    static void assertPath(List<JobState> states) {
        for (int i = 1; i < states.size(); i++) {
            assertThat(NEXT.get(states.get(i - 1)))
                    .as("what follows number %s of %s", i, states)
                    .contains(states.get(i));
        }
    }
}
