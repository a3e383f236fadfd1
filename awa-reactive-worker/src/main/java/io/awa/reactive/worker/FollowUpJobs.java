package io.awa.reactive.worker;

import io.awa.reactive.job.Job;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What the outcomes share. */
final class FollowUpJobs {

    static final Duration LONGEST = Duration.ofDays(365);

    private FollowUpJobs() {}

    static List<Job<?>> join(List<Job<?>> some, Job<?>... more) {
        List<Job<?>> all = new ArrayList<>(some);
        all.addAll(Arrays.asList(more));
        return all;
    }
}
