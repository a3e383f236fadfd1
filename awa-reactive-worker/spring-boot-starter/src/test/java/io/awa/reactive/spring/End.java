package io.awa.reactive.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.Awa;
import io.awa.reactive.admin.JobState;
import io.awa.reactive.admin.JobView;
import io.awa.reactive.job.JobId;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import org.springframework.context.ApplicationContext;
import reactor.util.retry.Retry;

/** Waits until a job has ended. */
final class End {

    private static final Set<JobState> ENDS =
            EnumSet.of(JobState.COMPLETED, JobState.FAILED, JobState.CANCELLED, JobState.DEAD);

    private End() {}

    static JobState of(ApplicationContext context, JobId id) {
        JobState state = context.getBean(Awa.class)
                .admin()
                .job(id)
                .map(JobView::state)
                .filter(ENDS::contains)
                .repeatWhenEmpty(times -> times.delayElements(Duration.ofMillis(20)))
                .retryWhen(Retry.fixedDelay(3, Duration.ofMillis(100)))
                .block(Duration.ofSeconds(20));
        assertThat(state).isNotNull();
        return state;
    }
}
