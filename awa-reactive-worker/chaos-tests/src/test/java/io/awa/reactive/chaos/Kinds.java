package io.awa.reactive.chaos;

import io.awa.reactive.admin.JobState;
import io.awa.reactive.job.Job;
import io.awa.reactive.job.JobType;
import io.awa.reactive.job.Unique;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;

/** The kinds of jobs and their queues. */
final class Kinds {

    static final String HOT = "hot";
    static final String MIXED = "mixed";
    static final List<String> QUEUES = List.of(HOT, MIXED);

    /** One lane that everybody uses. */
    static final JobType<Work> PLAIN = JobType.of("plain", Work.class).queue(HOT);

    static final JobType<Work> DEED = JobType.of("deed", Work.class).queue(MIXED);

    private static final int UNIQUE_KEYS = 20;
    private static final int FEW_ATTEMPTS = 2;
    private static final int LATE_MILLIS = 1_500;
    private static final Unique ONE_AT_A_TIME = Unique.byArgs("key")
            .during(JobState.SCHEDULED, JobState.AVAILABLE, JobState.RUNNING, JobState.SNOOZED, JobState.RETRYING);

    private Kinds() {}

    /** A job of the mix. */
    static Job<Work> any(SplittableRandom random) {
        return of(Deed.any(random), random);
    }

    static Job<Work> of(Deed deed, SplittableRandom random) {
        int priority = 1 + random.nextInt(3);
        Job<Work> job = DEED.with(new Work(deed, "")).priority(priority);
        return switch (deed) {
            case PLAIN, FOLLOW -> PLAIN.with(new Work(deed, ""));
            case EXHAUST -> job.maxAttempts(FEW_ATTEMPTS);
            case UNIQUE ->
                DEED.with(new Work(deed, "k" + random.nextInt(UNIQUE_KEYS))).unique(ONE_AT_A_TIME);
            case SCHEDULED -> job.runAfter(Duration.ofMillis(random.nextInt(LATE_MILLIS)));
            default -> job;
        };
    }

    /**
     * The arguments.
     *
     * @param deed what the handler does
     * @param key  of unique ones
     */
    record Work(Deed deed, String key) {}
}
