package io.awa.reactive.job;

import io.awa.reactive.AwaValidationException;
import io.awa.reactive.internal.Checks;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A kind of job: its stable name, the class of its arguments, and how its jobs are enqueued unless a job says
 * otherwise. Immutable and shareable; each setting returns a new instance. Declare one constant per kind:
 *
 * <pre>{@code
 * static final JobType<SendEmail> SEND_EMAIL = JobType.of("send_email", SendEmail.class).queue("email").maxAttempts(5);
 * }</pre>
 *
 * <p>Values out of range are refused at once with {@link AwaValidationException}; lengths are checked when a job is
 * enqueued, by the {@link JobLimits} in force there.
 *
 * @param <T> the class of the arguments, written and read as JSON
 */
public final class JobType<T> {

    /** The queue where none is named: {@value}. */
    public static final String DEFAULT_QUEUE = "default";

    /** The highest priority: {@value}. */
    public static final int MIN_PRIORITY = 1;

    /** The lowest priority: {@value}. */
    public static final int MAX_PRIORITY = 4;

    /** The priority where none is named: {@value}. */
    public static final int DEFAULT_PRIORITY = 2;

    /** The attempts a job may be given at most: {@value}. */
    public static final int MAX_ATTEMPTS = 1000;

    /** The longest deadline: 30 days. */
    public static final Duration MAX_DEADLINE = Duration.ofDays(30);

    /** The attempts where none are named: {@value}. */
    public static final int DEFAULT_ATTEMPTS = 25;

    private final String kind;
    private final Class<T> argsType;
    private final String queue;
    private final int priority;
    private final int maxAttempts;
    private final @Nullable Duration deadline;
    private final @Nullable Unique unique;
    private final @Nullable Function<? super T, @Nullable String> key;

    private JobType(
            String kind,
            Class<T> argsType,
            String queue,
            int priority,
            int maxAttempts,
            @Nullable Duration deadline,
            @Nullable Unique unique,
            @Nullable Function<? super T, @Nullable String> key) {
        this.kind = kind;
        this.argsType = argsType;
        this.queue = queue;
        this.priority = priority;
        this.maxAttempts = maxAttempts;
        this.deadline = deadline;
        this.unique = unique;
        this.key = key;
    }

    /**
     * A type with the given kind and the defaults for the rest.
     *
     * @param kind     the stable name workers find the handler by; not blank, no control characters
     * @param argsType the class of the arguments
     * @throws AwaValidationException if the kind is refused
     */
    public static <T> JobType<T> of(String kind, Class<T> argsType) {
        return new JobType<>(
                Checks.name("kind", kind),
                Checks.notNull("argsType", argsType),
                DEFAULT_QUEUE,
                DEFAULT_PRIORITY,
                DEFAULT_ATTEMPTS,
                null,
                null,
                null);
    }

    /**
     * A type whose kind is the class's {@link JobKind}, else its simple name in snake case: {@code SMTPEmail} becomes
     * {@code smtp_email}. Renaming such a class renames the kind: annotate it when jobs outlive a deployment.
     *
     * @param argsType the class of the arguments; it must have a name of its own (not anonymous, not an array)
     * @throws AwaValidationException if the class has no usable name
     */
    public static <T> JobType<T> of(Class<T> argsType) {
        return of(KindName.of(Checks.notNull("argsType", argsType)), argsType);
    }

    /**
     * The same type, enqueued to another queue.
     *
     * @param name the queue; not blank, no control characters; {@value #DEFAULT_QUEUE} by default
     */
    public JobType<T> queue(String name) {
        return new JobType<>(kind, argsType, Checks.name("queue", name), priority, maxAttempts, deadline, unique, key);
    }

    /**
     * The same type with another priority.
     *
     * @param level 1 (highest) to 4; {@value #DEFAULT_PRIORITY} by default
     */
    public JobType<T> priority(int level) {
        Checks.between("priority", level, MIN_PRIORITY, MAX_PRIORITY);
        return new JobType<>(kind, argsType, queue, level, maxAttempts, deadline, unique, key);
    }

    /**
     * The same type with another number of attempts.
     *
     * @param attempts the first one included, 1 to 1000; {@value #DEFAULT_ATTEMPTS} by default
     */
    public JobType<T> maxAttempts(int attempts) {
        Checks.between("maxAttempts", attempts, 1, MAX_ATTEMPTS);
        return new JobType<>(kind, argsType, queue, priority, attempts, deadline, unique, key);
    }

    /**
     * The same type, an attempt of which may run so long; what is still running then is ended and tried again like a failed
     * attempt. Where the queue has a deadline too, this one counts, shorter or longer.
     *
     * @param limit 1 millisecond to {@link #MAX_DEADLINE}, rounded up to whole milliseconds; none by default
     */
    public JobType<T> deadline(Duration limit) {
        if (Checks.notNull("deadline", limit).compareTo(Duration.ofMillis(1)) < 0
                || limit.compareTo(MAX_DEADLINE) > 0) {
            throw new AwaValidationException("deadline", limit, "1 ms to 30 days");
        }
        return new JobType<>(kind, argsType, queue, priority, maxAttempts, limit, unique, key);
    }

    /** The same type, of whose jobs one keeps others out; not unique by default. */
    public JobType<T> unique(Unique terms) {
        return new JobType<>(
                kind, argsType, queue, priority, maxAttempts, deadline, Checks.notNull("unique", terms), key);
    }

    /**
     * The same type, whose jobs have the concurrency key that is made of their arguments; see
     * {@link Job#concurrencyKey(String)}, which counts instead where a job has it. None by default.
     *
     * @param of called when a job is enqueued, on the caller's thread; null for a job without a key. Two types are equal
     *           only if they have the same function
     */
    public JobType<T> concurrencyKey(Function<? super T, @Nullable String> of) {
        return new JobType<>(
                kind, argsType, queue, priority, maxAttempts, deadline, unique, Checks.notNull("concurrencyKey", of));
    }

    Optional<String> concurrencyKey(T args) {
        String made = key == null ? null : key.apply(args);
        return made == null ? Optional.empty() : Optional.of(Checks.name("concurrencyKey", made));
    }

    /** The stable name of this kind of job. */
    public String kind() {
        return kind;
    }

    /** The class of the arguments. */
    public Class<T> argsType() {
        return argsType;
    }

    /** The queue jobs of this type go to. */
    public String queue() {
        return queue;
    }

    /** The priority of jobs of this type, 1 (highest) to 4. */
    public int priority() {
        return priority;
    }

    /** How often a job of this type is attempted, the first attempt included. */
    public int maxAttempts() {
        return maxAttempts;
    }

    /** How long an attempt may run; empty means as long as its queue allows. */
    public Optional<Duration> deadline() {
        return Optional.ofNullable(deadline);
    }

    /** What makes jobs of this type unique; empty where they are not. */
    public Optional<Unique> unique() {
        return Optional.ofNullable(unique);
    }

    /**
     * A job of this type, ready to enqueue.
     *
     * @param args the arguments, not null; read when the job is enqueued, so leave mutable ones alone until then
     */
    public Job<T> with(T args) {
        return new Job<>(this, Checks.notNull("args", args));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof JobType<?> that
                && kind.equals(that.kind)
                && argsType == that.argsType
                && queue.equals(that.queue)
                && priority == that.priority
                && maxAttempts == that.maxAttempts
                && Objects.equals(deadline, that.deadline)
                && Objects.equals(unique, that.unique)
                && key == that.key;
    }

    @Override
    public int hashCode() {
        return Objects.hash(kind, argsType, queue, priority, maxAttempts, deadline, unique, key);
    }

    @Override
    public String toString() {
        return "JobType[" + kind + " (" + argsType.getName() + "), queue " + queue + ", priority " + priority
                + ", attempts " + maxAttempts + (deadline == null ? "" : ", deadline " + deadline)
                + (unique == null ? "" : ", " + unique) + "]";
    }
}
