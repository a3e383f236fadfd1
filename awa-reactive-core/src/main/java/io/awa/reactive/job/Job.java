package io.awa.reactive.job;

import io.awa.reactive.AwaValidationException;
import io.awa.reactive.internal.Checks;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A request to enqueue one job. Immutable, apart from what its arguments and metadata values refer to; each setting
 * returns a new instance. Made by {@link JobType#with}, whose settings it starts from.
 *
 * @param <T> the class of the arguments
 */
public final class Job<T> {

    /** The longest delay: a hundred years of 365 days. */
    public static final Duration MAX_DELAY = Duration.ofDays(36_500);

    private static final Instant YEAR_10000 =
            Instant.parse("9999-12-31T23:59:59.999999999Z").plusNanos(1);

    private final JobType<T> type;
    private final T args;
    private final List<String> tags;
    private final Map<String, @Nullable Object> metadata;
    private final Map<String, String> headers;
    private final @Nullable Instant runAt;
    private final @Nullable Duration runAfter;
    private final @Nullable String key;

    Job(JobType<T> type, T args) {
        this(type, args, List.of(), Map.of(), Map.of(), null, null, null);
    }

    private Job(
            JobType<T> type,
            T args,
            List<String> tags,
            Map<String, @Nullable Object> metadata,
            Map<String, String> headers,
            @Nullable Instant runAt,
            @Nullable Duration runAfter,
            @Nullable String key) {
        this.type = type;
        this.args = args;
        this.tags = tags;
        this.metadata = metadata;
        this.headers = headers;
        this.runAt = runAt;
        this.runAfter = runAfter;
        this.key = key;
    }

    /** The same job in another queue; see {@link JobType#queue(String)}. */
    public Job<T> queue(String name) {
        return new Job<>(type.queue(name), args, tags, metadata, headers, runAt, runAfter, key);
    }

    /** The same job with another priority; see {@link JobType#priority(int)}. */
    public Job<T> priority(int level) {
        return new Job<>(type.priority(level), args, tags, metadata, headers, runAt, runAfter, key);
    }

    /** The same job with another number of attempts; see {@link JobType#maxAttempts(int)}. */
    public Job<T> maxAttempts(int attempts) {
        return new Job<>(type.maxAttempts(attempts), args, tags, metadata, headers, runAt, runAfter, key);
    }

    /**
     * The same job with these tags in place of its own.
     *
     * @param values none null or blank, none with control characters; number and length are limited by
     *               {@link JobLimits}, 20 of 200 characters by default
     */
    public Job<T> tags(Collection<String> values) {
        List<String> checked = new ArrayList<>(Checks.notNull("tags", values).size());
        for (String value : values) {
            checked.add(Checks.name("tags", value));
        }
        return new Job<>(type, args, List.copyOf(checked), metadata, headers, runAt, runAfter, key);
    }

    /** The same job with these tags in place of its own; see {@link #tags(Collection)}. */
    public Job<T> tags(String... values) {
        return tags(Arrays.asList(values));
    }

    /**
     * The same job with this metadata in place of its own.
     *
     * @param values JSON-serialisable values, null allowed; the map is copied, its values are not
     */
    public Job<T> metadata(Map<String, ? extends @Nullable Object> values) {
        Map<String, @Nullable Object> copy = new LinkedHashMap<>();
        Checks.notNull("metadata", values)
                .forEach((key, value) -> copy.put(Checks.notNull("metadata key", key), value));
        return new Job<>(type, args, tags, Collections.unmodifiableMap(copy), headers, runAt, runAfter, key);
    }

    /**
     * The same job with one more entry of metadata.
     *
     * @param key   replaced if present
     * @param value JSON-serialisable, null allowed
     */
    public Job<T> metadata(String key, @Nullable Object value) {
        Map<String, @Nullable Object> more = new LinkedHashMap<>(metadata);
        more.put(Checks.notNull("metadata key", key), value);
        return metadata(more);
    }

    /**
     * The same job with these headers in place of its own: short texts that travel to its handler, for instance the
     * {@code traceparent} of a trace. They are no part of what operators list or search.
     *
     * @param values names and values of printable ASCII, at most {@link JobLimits#HEADER_BYTES} bytes in all
     */
    public Job<T> headers(Map<String, String> values) {
        return new Job<>(type, args, tags, metadata, Headers.checked(values), runAt, runAfter, key);
    }

    /**
     * The same job with a deadline for its attempts; see {@link JobType#deadline(Duration)}.
     */
    public Job<T> deadline(Duration limit) {
        return new Job<>(type.deadline(limit), args, tags, metadata, headers, runAt, runAfter, key);
    }

    /** The same job, unique on these terms; see {@link JobType#unique(Unique)}. */
    public Job<T> unique(Unique terms) {
        return new Job<>(type.unique(terms), args, tags, metadata, headers, runAt, runAfter, key);
    }

    /**
     * The same job under a concurrency key: of all jobs with this key only so many are worked on at once, in all queues
     * and processes together, as the job's queue says ({@link io.awa.reactive.admin.QueueSettings#keyLimit}; one unless it
     * is told otherwise). The others wait for their turn, in order, and hold nobody else up. In place of what
     * {@link JobType#concurrencyKey} makes of the arguments.
     *
     * @param value a tenant, an account, a device; not blank, no control characters, at most
     *              {@link JobLimits#nameLength} characters
     */
    public Job<T> concurrencyKey(String value) {
        return new Job<>(type, args, tags, metadata, headers, runAt, runAfter, Checks.name("concurrencyKey", value));
    }

    /**
     * The same job, not before the given time by the database's clock. It is stored as scheduled, even where that time is
     * over, and made available when it is due. Replaces {@link #runAfter(Duration)}.
     *
     * @param time before the year 10000
     */
    public Job<T> runAt(Instant time) {
        if (!Checks.notNull("runAt", time).isBefore(YEAR_10000)) {
            throw new AwaValidationException("runAt", time, "before the year 10000");
        }
        return new Job<>(type, args, tags, metadata, headers, time, null, key);
    }

    /**
     * The same job, not before so much time has passed since it was enqueued, by the database's clock: a job that is kept
     * and enqueued later, or twice, is delayed from each enqueue on. Replaces {@link #runAt(Instant)}.
     *
     * @param delay zero to {@link #MAX_DELAY}, rounded up to whole milliseconds; with zero it is scheduled all the same
     */
    public Job<T> runAfter(Duration delay) {
        if (Checks.notNull("runAfter", delay).isNegative() || delay.compareTo(MAX_DELAY) > 0) {
            throw new AwaValidationException("runAfter", delay, "0 to 36500 days");
        }
        return new Job<>(type, args, tags, metadata, headers, null, delay, key);
    }

    /** The type, with this job's queue, priority and attempts. */
    public JobType<T> type() {
        return type;
    }

    /** The arguments. */
    public T args() {
        return args;
    }

    /** The queue this job goes to. */
    public String queue() {
        return type.queue();
    }

    /** The priority, 1 (highest) to 4. */
    public int priority() {
        return type.priority();
    }

    /** How often the job is attempted, the first attempt included. */
    public int maxAttempts() {
        return type.maxAttempts();
    }

    /** The tags, unmodifiable, empty by default. */
    public List<String> tags() {
        return tags;
    }

    /** The metadata, unmodifiable, in insertion order, empty by default. */
    public Map<String, @Nullable Object> metadata() {
        return metadata;
    }

    /** The headers, unmodifiable, in insertion order, empty by default. */
    public Map<String, String> headers() {
        return headers;
    }

    /** How long an attempt may run; empty means as long as the queue allows. */
    public Optional<Duration> deadline() {
        return type.deadline();
    }

    /** What makes the job unique; empty where it is not. */
    public Optional<Unique> unique() {
        return type.unique();
    }

    /**
     * The concurrency key, its own or the one its type makes of the arguments; empty where there is none.
     *
     * @throws AwaValidationException if the type's function makes one that is refused; what else it throws is passed on
     */
    public Optional<String> concurrencyKey() {
        return key != null ? Optional.of(key) : type.concurrencyKey(args);
    }

    /** The earliest time of the first attempt; empty where none was set. */
    public Optional<Instant> runAt() {
        return Optional.ofNullable(runAt);
    }

    /** The least time between enqueue and first attempt; empty where none was set. */
    public Optional<Duration> runAfter() {
        return Optional.ofNullable(runAfter);
    }

    /** Names the job without its arguments, metadata and headers, which may be secret. */
    @Override
    public String toString() {
        return "Job[" + type.kind() + ", queue " + queue() + ", priority " + priority() + ", attempts " + maxAttempts()
                + (tags.isEmpty() ? "" : ", tags " + tags) + (runAt == null ? "" : ", at " + runAt)
                + (runAfter == null ? "" : ", after " + runAfter)
                + (key == null ? "" : ", key " + key)
                + type.deadline().map(limit -> ", deadline " + limit).orElse("")
                + type.unique().map(terms -> ", " + terms).orElse("") + "]";
    }
}
