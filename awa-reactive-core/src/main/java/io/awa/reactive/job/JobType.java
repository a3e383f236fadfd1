package io.awa.reactive.job;

import io.awa.reactive.AwaValidationException;
import io.awa.reactive.internal.Checks;
import java.util.Objects;

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

    /** The attempts where none are named: {@value}. */
    public static final int DEFAULT_ATTEMPTS = 25;

    private final String kind;
    private final Class<T> argsType;
    private final String queue;
    private final int priority;
    private final int maxAttempts;

    private JobType(String kind, Class<T> argsType, String queue, int priority, int maxAttempts) {
        this.kind = kind;
        this.argsType = argsType;
        this.queue = queue;
        this.priority = priority;
        this.maxAttempts = maxAttempts;
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
                DEFAULT_ATTEMPTS);
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
        return new JobType<>(kind, argsType, Checks.name("queue", name), priority, maxAttempts);
    }

    /**
     * The same type with another priority.
     *
     * @param level 1 (highest) to 4; {@value #DEFAULT_PRIORITY} by default
     */
    public JobType<T> priority(int level) {
        return new JobType<>(
                kind, argsType, queue, Checks.between("priority", level, MIN_PRIORITY, MAX_PRIORITY), maxAttempts);
    }

    /**
     * The same type with another number of attempts.
     *
     * @param attempts the first one included, 1 to 1000; {@value #DEFAULT_ATTEMPTS} by default
     */
    public JobType<T> maxAttempts(int attempts) {
        return new JobType<>(kind, argsType, queue, priority, Checks.between("maxAttempts", attempts, 1, MAX_ATTEMPTS));
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
                && maxAttempts == that.maxAttempts;
    }

    @Override
    public int hashCode() {
        return Objects.hash(kind, argsType, queue, priority, maxAttempts);
    }

    @Override
    public String toString() {
        return "JobType[" + kind + " (" + argsType.getName() + "), queue " + queue + ", priority " + priority
                + ", attempts " + maxAttempts + "]";
    }
}
