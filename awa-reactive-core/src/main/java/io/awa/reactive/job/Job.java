package io.awa.reactive.job;

import io.awa.reactive.AwaValidationException;
import io.awa.reactive.internal.Checks;
import java.time.DateTimeException;
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

    private final JobType<T> type;
    private final T args;
    private final List<String> tags;
    private final Map<String, @Nullable Object> metadata;
    private final @Nullable Instant runAt;

    Job(JobType<T> type, T args) {
        this(type, args, List.of(), Map.of(), null);
    }

    private Job(
            JobType<T> type,
            T args,
            List<String> tags,
            Map<String, @Nullable Object> metadata,
            @Nullable Instant runAt) {
        this.type = type;
        this.args = args;
        this.tags = tags;
        this.metadata = metadata;
        this.runAt = runAt;
    }

    /** The same job in another queue; see {@link JobType#queue(String)}. */
    public Job<T> queue(String name) {
        return new Job<>(type.queue(name), args, tags, metadata, runAt);
    }

    /** The same job with another priority; see {@link JobType#priority(int)}. */
    public Job<T> priority(int level) {
        return new Job<>(type.priority(level), args, tags, metadata, runAt);
    }

    /** The same job with another number of attempts; see {@link JobType#maxAttempts(int)}. */
    public Job<T> maxAttempts(int attempts) {
        return new Job<>(type.maxAttempts(attempts), args, tags, metadata, runAt);
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
        return new Job<>(type, args, List.copyOf(checked), metadata, runAt);
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
        return new Job<>(type, args, tags, Collections.unmodifiableMap(copy), runAt);
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
     * The same job, not before the given time.
     *
     * <p>Scheduling arrives with the next release: until then enqueuing such a job is refused with
     * {@link AwaValidationException} (field {@code runAt}), never silently run at once.
     */
    public Job<T> runAt(Instant time) {
        return new Job<>(type, args, tags, metadata, Checks.notNull("runAt", time));
    }

    /**
     * The same job, not before the given time from this call on, by this machine's clock. A job kept and enqueued later
     * is not delayed anew. The note on {@link #runAt(Instant)} applies.
     *
     * @param delay not negative
     */
    @SuppressWarnings("TimeZoneUsage") // an instant has no zone; tests of schedules name the time itself
    public Job<T> runAfter(Duration delay) {
        if (Checks.notNull("runAfter", delay).isNegative()) {
            throw new AwaValidationException("runAfter", delay, "not negative");
        }
        try {
            return runAt(Instant.now().plus(delay));
        } catch (DateTimeException | ArithmeticException e) {
            throw new AwaValidationException("runAfter", delay, "a time the calendar can hold", e);
        }
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

    /** The earliest time of the first attempt; empty means at once. */
    public Optional<Instant> runAt() {
        return Optional.ofNullable(runAt);
    }

    /** Names the job without its arguments and metadata, which may be secret. */
    @Override
    public String toString() {
        return "Job[" + type.kind() + ", queue " + queue() + ", priority " + priority() + ", attempts " + maxAttempts()
                + (tags.isEmpty() ? "" : ", tags " + tags) + (runAt == null ? "" : ", at " + runAt) + "]";
    }
}
