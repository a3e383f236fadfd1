package io.awa.reactive.admin;

import io.awa.reactive.AwaValidationException;
import io.awa.reactive.internal.Checks;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Which jobs are meant: those that meet all that is set. Immutable; each setting returns a new instance. There is no
 * empty filter: who means all jobs says {@link #all()}.
 *
 * @param states    in the order they are walked; empty where the action or the list decides
 * @param queue     its name; null for any
 * @param kind      its name; null for any
 * @param tag       one that the job has; null for any
 * @param olderThan how long it has been where it is, by the database's clock; null for any time
 */
public record JobFilter(
        List<JobState> states,
        @Nullable String queue,
        @Nullable String kind,
        @Nullable String tag,
        @Nullable Duration olderThan) {

    private static final JobFilter ALL = new JobFilter(List.of(), null, null, null, null);

    /** @throws AwaValidationException if the time is negative */
    public JobFilter {
        states = states.stream().map(Objects::requireNonNull).distinct().toList();
        if (olderThan != null && olderThan.isNegative()) {
            throw new AwaValidationException("olderThan", olderThan, "not negative");
        }
    }

    /** All jobs. */
    public static JobFilter all() {
        return ALL;
    }

    /** Jobs in some states. */
    public static JobFilter in(JobState first, JobState... more) {
        return ALL.states(Stream.concat(Stream.of(first), Arrays.stream(more)).toArray(JobState[]::new));
    }

    /** Jobs of a queue. */
    public static JobFilter ofQueue(String name) {
        return ALL.queue(name);
    }

    /** Jobs of a kind. */
    public static JobFilter ofKind(String name) {
        return ALL.kind(name);
    }

    /** Jobs with a tag. */
    public static JobFilter ofTag(String tag) {
        return ALL.tag(tag);
    }

    /** The same in some states only. */
    public JobFilter states(JobState... some) {
        return new JobFilter(List.of(some), queue, kind, tag, olderThan);
    }

    /** The same in a queue. */
    public JobFilter queue(String name) {
        return new JobFilter(states, Checks.notNull("queue", name), kind, tag, olderThan);
    }

    /** The same of a kind. */
    public JobFilter kind(String name) {
        return new JobFilter(states, queue, Checks.notNull("kind", name), tag, olderThan);
    }

    /** The same with a tag. */
    public JobFilter tag(String name) {
        return new JobFilter(states, queue, kind, Checks.notNull("tag", name), olderThan);
    }

    /** The same that have been where they are for longer than this. */
    public JobFilter olderThan(Duration time) {
        return new JobFilter(states, queue, kind, tag, Checks.notNull("olderThan", time));
    }
}
