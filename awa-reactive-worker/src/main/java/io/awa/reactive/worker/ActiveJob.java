package io.awa.reactive.worker;

import io.awa.reactive.AwaValidationException;
import io.awa.reactive.callback.CallbackToken;
import io.awa.reactive.engine.AttemptError;
import io.awa.reactive.engine.Claim;
import io.awa.reactive.engine.Engine;
import io.awa.reactive.engine.Extras;
import io.awa.reactive.engine.Progress;
import io.awa.reactive.job.Job;
import io.awa.reactive.job.JobId;
import io.awa.reactive.job.JobType;
import io.awa.reactive.worker.internal.Ranges;
import io.r2dbc.spi.Connection;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A job in the hands of a handler, or of a subscriber as a {@link ClaimedJob}. Times are the database's.
 *
 * @param <T> the class of the arguments
 */
public sealed class ActiveJob<T> permits ClaimedJob {

    private final Claim claim;
    private final int ordinal;
    private final JobType<T> type;
    private final String queue;
    private final String json;
    private final Engine engine;
    private final Attempt attempt;
    private @Nullable T args;

    ActiveJob(Claim claim, int ordinal, JobType<T> type, String queue, String json, Engine engine, Attempt attempt) {
        this.claim = claim;
        this.ordinal = ordinal;
        this.type = type;
        this.queue = queue;
        this.json = json;
        this.engine = engine;
        this.attempt = attempt;
    }

    /** The job's id, the same for all attempts. */
    public JobId id() {
        return new JobId(claim.id(ordinal));
    }

    /**
     * The arguments, read from JSON by the first call.
     *
     * @throws io.awa.reactive.AwaPayloadException if they are not what the type says; left uncaught it fails the job for good
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

    /** What travels beside the arguments as a JSON object: {@code tags}, {@code meta}, and members of the library's own. */
    public Optional<String> extras() {
        return Optional.ofNullable(claim.extras(ordinal));
    }

    /**
     * The headers it was enqueued with, the same for all attempts; unmodifiable.
     *
     * @see Job#headers()
     */
    public Map<String, String> headers() {
        return read().headers();
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

    /** When it became available: when it was stored, or when it was due, for one that was scheduled, retried or snoozed. */
    public Instant enqueuedAt() {
        return Instant.EPOCH.plus(claim.availableAtMicros(ordinal), ChronoUnit.MICROS);
    }

    /** How long this attempt has, until its deadline; empty where there is none. At least zero. */
    public Optional<Duration> remaining() {
        return attempt.clock().remaining();
    }

    /** Errors of earlier attempts, oldest first; the last ten are kept. */
    public List<AttemptError> errors() {
        return read().errors();
    }

    /** What an earlier attempt reported last: after a retry, a snooze or a rescue it says where to go on. */
    public Optional<Progress> lastProgress() {
        return read().progress();
    }

    /**
     * Says how far it is. The newest report is written once in a while (each second by default) and kept with the job until
     * that is completed; the one before it is replaced. From any thread; returns at once.
     *
     * @param percent 0 to 100; what is below or above becomes that
     * @param message cut at {@link Progress#MESSAGE_LENGTH} characters; null: none
     */
    public void progress(int percent, @Nullable String message) {
        attempt.reports.box().update(known -> known.at(percent, message));
    }

    /**
     * Adds metadata to what is reported: members replace those of their name.
     *
     * @throws AwaValidationException if it is not a JSON object, or metadata and checkpoint together would be larger than
     *     {@link Progress#JSON_BYTES}
     */
    public void progressMetadata(Map<String, ? extends @Nullable Object> metadata) {
        ObjectNode more = (ObjectNode) tree("progress.metadata", metadata);
        attempt.reports.box().update(known -> known.merge(more));
    }

    /**
     * Says where a later attempt may go on.
     *
     * @param place anything the instance's mapper writes
     * @throws AwaValidationException if it cannot be written, or metadata and checkpoint together would be larger than
     *     {@link Progress#JSON_BYTES}
     */
    public void checkpoint(Object place) {
        JsonNode tree = tree("progress.checkpoint", place);
        attempt.reports.box().update(known -> known.checkpoint(tree));
    }

    /**
     * Writes what was reported so far.
     *
     * @return completes when that is durable, on the driver's event loop; a {@link StaleAttemptException} if the attempt is
     *     over. Cancelling it does not take the report back
     */
    public Mono<Void> flushProgress() {
        return attempt.reports.box().flush();
    }

    /**
     * A token by which somebody else can end this job or let it go on: give it away before
     * {@link Outcome#waitForCallback} or {@link #awaitCallback}. A later token takes the place of an earlier one.
     *
     * @param timeout how long the callback may take, from now, in milliseconds; 1 ms to 365 days
     * @return the token once it is durable, on the driver's event loop; a {@link StaleAttemptException} if the attempt is
     *     over
     */
    public Mono<CallbackToken> registerCallback(Duration timeout) {
        Ranges.check("timeout", timeout, Duration.ofMillis(1), FollowUpJobs.LONGEST);
        return Parking.register(attempt, timeout);
    }

    /**
     * Waits for the callback without a slot: other jobs run meanwhile, and this handler goes on, when it is resumed, as soon
     * as there is a slot again. The deadline does not run meanwhile and begins anew. If this process ends, the resumed job
     * is handed out again, and {@link #callbackResult()} has the payload.
     *
     * @param token the last one from {@link #registerCallback}
     * @return the payload, on a handler thread; a {@link io.awa.reactive.callback.CallbackTimeoutException} if its time is
     *     over and the attempt with it. Where it is completed, failed or retried from outside the handler is disposed. A
     *     handler that gives up waiting should end soon
     */
    public Mono<JsonNode> awaitCallback(CallbackToken token) {
        return Parking.await(attempt, token);
    }

    /** What a callback brought by which this job was resumed without a handler that waited for it; a copy of your own. */
    public Optional<JsonNode> callbackResult() {
        return read().callbackResult();
    }

    /**
     * Completes the job in the caller's own transaction: its rows, the job's end and the follow-ups commit together or not at
     * all. The attempt is held first, on a connection of the worker; then its end is written on the connection given, at
     * any isolation level. Until that transaction is over only who wants to end this very job waits for it.
     *
     * <p><b>Roll back</b> on any error of this, and before the job is ended otherwise: after a rollback it still runs.
     * <b>Afterwards</b> the database says how the job ended. If the transaction was committed, a lost connection at the
     * commit included, the job is completed, and whatever its handler answers has no effect. If it was not, what the handler
     * answers counts as ever: a handler that has rolled back should not answer "done".
     *
     * <p>Commit soon: a cancel, the deadline and a drain wait for an open transaction, and do not stop it.
     *
     * @param connection borrowed, in a transaction: nothing is begun, committed, rolled back or closed
     * @param followUps  stored with the end
     * @return completes when the end is written and waits for the commit, on the driver's event loop. A
     *     {@link StaleAttemptException} if the attempt is over; an {@link IllegalStateException} on a connection without a
     *     transaction; an {@link AwaValidationException} if a follow-up is refused, before anything is written; the
     *     driver's errors, a serialization failure among them. Do not commit before it has completed: a cancelled one may
     *     have written its end
     */
    public Mono<Void> completeIn(Connection connection, Job<?>... followUps) {
        Tools tools = attempt.tools();
        List<Job<?>> jobs = List.of(followUps);
        return jobs.isEmpty() || tools.handlers().interceptor() == JobInterceptor.NONE
                ? tools.callers().complete(attempt, connection, jobs)
                : Mono.deferContextual(context -> tools.callers()
                        .complete(
                                attempt,
                                connection,
                                tools.handlers().interceptor().followUps(jobs, context)));
    }

    private Extras read() {
        return engine.extras(claim, ordinal);
    }

    private JsonNode tree(String field, Object value) {
        try {
            return engine.tree(Objects.requireNonNull(value, field));
        } catch (RuntimeException e) {
            throw new AwaValidationException(field, value, "serialisable as JSON", e);
        }
    }

    /** Its end is durable, or was refused as stale. */
    void decided(boolean accepted) {}

    /** A transaction of its caller has completed it, and nobody has said so. */
    void isCompletedByCaller() {}

    /** Its end will not be written. */
    void undecided(Throwable error) {}

    final Attempt inHand() {
        return attempt;
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
