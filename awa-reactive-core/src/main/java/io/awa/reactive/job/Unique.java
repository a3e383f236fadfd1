package io.awa.reactive.job;

import io.awa.reactive.AwaValidationException;
import io.awa.reactive.admin.JobState;
import io.awa.reactive.internal.Checks;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What makes two jobs the same, and how long one keeps the other out. Immutable and shareable; each setting returns a new
 * instance. A job that is asked for while another one with its key is in one of the states of {@link #during} is not
 * stored: the request is answered by {@link io.awa.reactive.enqueue.Enqueued.Duplicate}.
 *
 * <p>The kind is always part of the key. The states are those of the job that holds the key, not of the one that asks.
 * A job that leaves the states gives its key up; where it would come back into them (it is due again, an operator retries
 * it) and another job has the key by then, it ends as cancelled, with the reason {@code duplicate}, or is not retried.
 */
public final class Unique {

    /** The longest period: ten years of 365 days. */
    public static final Duration MAX_PERIOD = Duration.ofDays(3650);

    // Release, rescue and callbacks move a job between these at moments when nobody can be refused.
    private static final Set<JobState> ALWAYS = EnumSet.of(JobState.AVAILABLE, JobState.RUNNING, JobState.WAITING);

    private static final Set<JobState> DEFAULT = EnumSet.of(
            JobState.SCHEDULED,
            JobState.SNOOZED,
            JobState.AVAILABLE,
            JobState.RUNNING,
            JobState.WAITING,
            JobState.RETRYING,
            JobState.COMPLETED);

    private final boolean args;
    private final List<String> members;
    private final @Nullable String key;
    private final boolean queue;
    private final @Nullable Duration period;
    private final Set<JobState> states;

    private Unique(
            boolean args,
            List<String> members,
            @Nullable String key,
            boolean queue,
            @Nullable Duration period,
            Set<JobState> states) {
        this.args = args;
        this.members = members;
        this.key = key;
        this.queue = queue;
        this.period = period;
        this.states = Collections.unmodifiableSet(EnumSet.copyOf(states));
    }

    /** One job for each kind. */
    public static Unique byKind() {
        return new Unique(false, List.of(), null, false, null, DEFAULT);
    }

    /**
     * One job for each kind and arguments. Arguments are the same if their JSON is, whatever the order of the members of
     * objects; numbers are compared as they are written.
     */
    public static Unique byArgs() {
        return new Unique(true, List.of(), null, false, null, DEFAULT);
    }

    /**
     * One job for each kind and values of chosen members of the arguments.
     *
     * @param members names of the JSON object's own members, at least one; enqueuing arguments that lack one is refused
     */
    public static Unique byArgs(String... members) {
        return byArgs(Arrays.asList(Checks.notNull("unique.members", members)));
    }

    /** The same; see {@link #byArgs(String...)}. */
    public static Unique byArgs(Collection<String> members) {
        TreeSet<String> sorted = new TreeSet<>();
        for (String member : Checks.notNull("unique.members", members)) {
            sorted.add(Checks.notNull("unique.members", member));
        }
        if (sorted.isEmpty()) {
            throw new AwaValidationException("unique.members", "none", "at least one name");
        }
        return new Unique(true, List.copyOf(sorted), null, false, null, DEFAULT);
    }

    /**
     * One job for each kind and key of the application's own.
     *
     * @param key not blank, no control characters; hashed, so its length does not matter
     */
    public static Unique byKey(String key) {
        return new Unique(false, List.of(), Checks.name("unique.key", key), false, null, DEFAULT);
    }

    /** The same for each queue by itself; by default a job keeps those of other queues out as well. */
    public Unique perQueue() {
        return new Unique(args, members, key, true, period, states);
    }

    /**
     * The same for each period by itself. Periods are aligned to 1970-01-01T00:00Z and counted by the clock of the machine
     * that enqueues, at the moment it does, whatever the job's own time is: two machines may disagree around a boundary.
     *
     * @param period 1 millisecond to {@link #MAX_PERIOD}, whole milliseconds
     */
    public Unique within(Duration period) {
        Checks.notNull("unique.within", period);
        if (period.compareTo(Duration.ofMillis(1)) < 0
                || period.compareTo(MAX_PERIOD) > 0
                || period.toNanosPart() % 1_000_000 != 0) {
            throw new AwaValidationException("unique.within", period, "1 ms to 3650 days, whole milliseconds");
        }
        return new Unique(args, members, key, queue, period, states);
    }

    /**
     * The same with other states in which a job keeps its key. By default all but {@code FAILED}, {@code DEAD} and
     * {@code CANCELLED}. {@code AVAILABLE}, {@code RUNNING} and {@code WAITING} are always among them: a worker that gives
     * a job back, the rescue of a lost one and a callback move jobs between them when nobody can be refused.
     *
     * <p>{@code COMPLETED}, {@code FAILED}, {@code DEAD} and {@code CANCELLED} hold as long as such jobs are retained.
     *
     * @param states none null
     */
    public Unique during(JobState... states) {
        return during(Arrays.asList(Checks.notNull("unique.during", states)));
    }

    /** The same; see {@link #during(JobState...)}. */
    public Unique during(Collection<JobState> states) {
        EnumSet<JobState> all = EnumSet.copyOf(ALWAYS);
        for (JobState state : Checks.notNull("unique.during", states)) {
            all.add(Checks.notNull("unique.during", state));
        }
        return new Unique(args, members, key, queue, period, all);
    }

    /** Whether the arguments, or some of their members, are part of the key. */
    public boolean args() {
        return args;
    }

    /** The chosen members of the arguments, sorted; empty means all. */
    public List<String> members() {
        return members;
    }

    /** The application's own key. */
    public Optional<String> key() {
        return Optional.ofNullable(key);
    }

    /** Whether each queue counts by itself. */
    public boolean queue() {
        return queue;
    }

    /** The period that counts by itself. */
    public Optional<Duration> period() {
        return Optional.ofNullable(period);
    }

    /** The states in which a job keeps its key, unmodifiable. */
    public Set<JobState> states() {
        return states;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Unique that
                && args == that.args
                && members.equals(that.members)
                && Objects.equals(key, that.key)
                && queue == that.queue
                && Objects.equals(period, that.period)
                && states.equals(that.states);
    }

    @Override
    public int hashCode() {
        return Objects.hash(args, members, key, queue, period, states);
    }

    /** Names what counts, without a key of the application's, which may be secret. */
    @Override
    public String toString() {
        return "Unique["
                + (key != null ? "by key" : args ? "by args" + (members.isEmpty() ? "" : " " + members) : "by kind")
                + (queue ? ", per queue" : "") + (period == null ? "" : ", within " + period) + ", during " + states
                + "]";
    }
}
