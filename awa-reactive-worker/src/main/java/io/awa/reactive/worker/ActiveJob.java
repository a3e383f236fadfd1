package io.awa.reactive.worker;

import io.awa.reactive.engine.Claim;
import io.awa.reactive.engine.Engine;
import io.awa.reactive.job.JobId;
import io.awa.reactive.job.JobType;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A job in the hands of a handler. Times are the database's.
 *
 * @param <T> the class of the arguments
 */
public final class ActiveJob<T> {

    private final Claim claim;
    private final int ordinal;
    private final JobType<T> type;
    private final String queue;
    private final String json;
    private final Engine engine;
    private @Nullable T args;

    ActiveJob(Claim claim, int ordinal, JobType<T> type, String queue, String json, Engine engine) {
        this.claim = claim;
        this.ordinal = ordinal;
        this.type = type;
        this.queue = queue;
        this.json = json;
        this.engine = engine;
    }

    /** The job's id, the same for all attempts. */
    public JobId id() {
        return new JobId(claim.id(ordinal));
    }

    /**
     * The arguments, read from JSON by the first call.
     *
     * @throws io.awa.reactive.AwaPayloadException if they are not what the type says; left uncaught it fails the job
     */
    public T args() {
        T known = args;
        if (known == null) {
            known = engine.decode(json, type);
            args = known;
        }
        return known;
    }

    /** The arguments as they are stored. */
    public String json() {
        return json;
    }

    /** Tags and metadata as a JSON object with the members {@code tags} and {@code meta}, if there are any. */
    public Optional<String> extras() {
        return Optional.ofNullable(claim.extras(ordinal));
    }

    /** The kind. */
    public String kind() {
        return type.kind();
    }

    /** The queue it was claimed from. */
    public String queue() {
        return queue;
    }

    /** This attempt, counted from 1. */
    public int attempt() {
        return claim.attempt(ordinal);
    }

    /** How many attempts it may have. */
    public int maxAttempts() {
        return claim.maxAttempts(ordinal);
    }

    /** When it was stored. */
    public Instant enqueuedAt() {
        return Instant.EPOCH.plus(claim.availableAtMicros(ordinal), ChronoUnit.MICROS);
    }

    /** When this attempt was claimed. */
    public Instant claimedAt() {
        return claim.claimedAt();
    }

    @Override
    public String toString() {
        return "ActiveJob[" + kind() + " " + id() + ", attempt " + attempt() + "]";
    }
}
