package io.awa.reactive.internal.json;

import io.awa.reactive.AwaValidationException;
import io.awa.reactive.internal.Checks;
import io.awa.reactive.job.Job;
import io.awa.reactive.job.JobLimits;
import io.awa.reactive.job.Unique;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.core.json.JsonWriteFeature;
import tools.jackson.databind.ObjectWriter;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * Checks jobs and turns them into what the database takes. Whatever PostgreSQL would refuse, or a worker could not read
 * back, is refused here. Safe to share between threads; runs on the caller's.
 */
public final class JobEncoder {

    // Tags and keys are no payload: the database compares them, so no mapper's settings change them.
    private static final ObjectWriter TEXTS = JsonMapper.shared().writer();
    // Quotes, a colon, a comma or brace, and a space behind each of these.
    private static final int AROUND = 6;

    private final JsonMapper mapper;
    private final ObjectWriter writer;
    private final JobLimits limits;
    private final ObjectWriter metadata;
    private final JsonBounds bounds;
    private final JsonBounds inside;
    private final InstantSource clock;
    private final PlainExtras plain = new PlainExtras();

    /**
     * @param mapper writes arguments and metadata
     * @param limits what a job may hold; its depth must be within the mapper's own limits for writing and reading
     * @throws AwaValidationException if the mapper stops before the limits do
     */
    public JobEncoder(JsonMapper mapper, JobLimits limits) {
        this(mapper, limits, InstantSource.system());
    }

    JobEncoder(JsonMapper mapper, JobLimits limits, InstantSource clock) {
        this.mapper = Objects.requireNonNull(mapper, "mapper");
        this.clock = clock;
        this.limits = Objects.requireNonNull(limits, "limits");
        var factory = mapper.tokenStreamFactory();
        int deepest = Math.min(
                factory.streamWriteConstraints().getMaxNestingDepth(),
                factory.streamReadConstraints().getMaxNestingDepth());
        if (limits.depth() > deepest) {
            throw new AwaValidationException(
                    "limits.depth", limits.depth(), "at most " + deepest + ", where the JSON mapper itself stops");
        }
        this.bounds = JsonBounds.of(limits, mapper);
        this.inside = JsonBounds.inside(limits, mapper);
        // Else NaN and the infinities silently become strings.
        this.writer = mapper.writer().without(JsonWriteFeature.WRITE_NAN_AS_STRINGS);
        this.metadata = writer.without(SerializationFeature.WRAP_ROOT_VALUE);
    }

    /**
     * The job as the database takes it.
     *
     * @throws AwaValidationException if anything about the job is refused; nothing has been sent then
     */
    public EncodedJob encode(Job<?> job) {
        Checks.length("queue", job.queue(), limits.nameLength());
        Checks.length("kind", job.type().kind(), limits.nameLength());
        byte[] args = args(job);
        if (isNull(args)) {
            throw new AwaValidationException(
                    "args", job.args().getClass().getName() + " written as null", "a JSON value other than null");
        }
        Terms terms = terms(job, args);
        return new EncodedJob(
                job.queue(), job.priority(), job.type().kind(), job.maxAttempts(), args, extras(job), terms);
    }

    /**
     * The key that a unique job asks for if it is enqueued now.
     *
     * @throws AwaValidationException if it is not unique, or its arguments are refused
     */
    public UUID key(Job<?> job) {
        Unique unique = job.unique()
                .orElseThrow(() -> new AwaValidationException("unique", "none", "a job with terms of uniqueness"));
        byte[] args = args(job);
        return key(job, unique, args);
    }

    private UUID key(Job<?> job, Unique unique, byte[] args) {
        return UniqueKey.of(job, unique, () -> CanonicalJson.of(mapper, args, unique.members()), clock.millis());
    }

    private Terms terms(Job<?> job, byte[] args) {
        Unique unique = job.unique().orElse(null);
        if (unique == null && job.runAt().isEmpty() && job.runAfter().isEmpty()) {
            return Terms.NONE;
        }
        return new Terms(
                Terms.micros(job.runAt().orElse(null)),
                Terms.millis(job.runAfter().orElse(null)),
                unique == null ? null : key(job, unique, args),
                unique == null ? 0 : UniqueKey.mask(unique.states()));
    }

    private byte @Nullable [] extras(Job<?> job) {
        List<String> tags = job.tags();
        Map<String, @Nullable Object> metadata = job.metadata();
        String key = job.concurrencyKey().orElse(null);
        if (tags.isEmpty() && metadata.isEmpty() && key == null) {
            return plain.of(job.deadline().orElse(null), job.headers());
        }
        if (tags.size() > limits.tags()) {
            throw new AwaValidationException("tags", tags.size() + " tags", "at most " + limits.tags() + " tags");
        }
        tags.forEach(tag -> Checks.length("tags", tag, limits.tagLength()));
        if (key != null) {
            Checks.length("concurrencyKey", key, limits.nameLength());
        }
        Extras extras = new Extras();
        int printed = tags.isEmpty() ? 0 : add(extras, "tags", "tags", TEXTS, tags);
        printed += metadata.isEmpty() ? 0 : add(extras, "meta", "metadata", this.metadata, metadata);
        if (printed > JobLimits.EXTRAS_BYTES) {
            throw new AwaValidationException(
                    "metadata",
                    printed + " bytes with the tags",
                    "at most " + JobLimits.EXTRAS_BYTES + " bytes of JSON with the tags, as jsonb prints it");
        }
        if (key != null) {
            add(extras, "concurrency_key", "concurrencyKey", TEXTS, key);
        }
        return extras.add("deadline", PlainExtras.millis(job.deadline().orElse(null)))
                .add("headers", PlainExtras.json(job.headers()))
                .toBytes();
    }

    /** Adds a member; answers how many bytes of the object it is at most where {@code jsonb} prints it. */
    private int add(Extras extras, String name, String field, ObjectWriter with, Object value) {
        byte[] json = written(field, value, with);
        extras.add(name, json);
        return JsonScan.check(field, json, inside) + name.length() + AROUND;
    }

    private byte[] args(Job<?> job) {
        byte[] json = written("args", job.args(), writer);
        JsonScan.check("args", json, bounds);
        return json;
    }

    // Checked JSON that begins so is nothing else.
    private static boolean isNull(byte[] json) {
        int at = 0;
        while (json[at] <= ' ' && json[at] > 0) {
            at++;
        }
        return json[at] == 'n';
    }

    private byte[] written(String field, Object value, ObjectWriter with) {
        BoundedBytes out = new BoundedBytes(limits.payloadBytes());
        try {
            with.writeValue(out, value);
        } catch (RuntimeException e) {
            // Jackson's own errors, and whatever a serializer or accessor of the application's throws
            throw refused(field, value, out, e);
        }
        return out.toBytes();
    }

    private AwaValidationException refused(String field, Object value, BoundedBytes out, RuntimeException e) {
        String type = value.getClass().getName();
        if (out.overflowed()) {
            return new AwaValidationException(
                    field,
                    type + " of more than " + limits.payloadBytes() + " bytes",
                    "at most " + limits.payloadBytes() + " bytes of JSON",
                    e);
        }
        if (isTooDeep(e)) {
            return new AwaValidationException(field, type, "at most " + limits.depth() + " levels, no cycles", e);
        }
        return new AwaValidationException(field, type, "serialisable as JSON (" + JsonErrors.reason(e) + ")", e);
    }

    private static boolean isTooDeep(Throwable e) {
        for (Throwable at = e; at != null; at = at.getCause()) {
            if (at instanceof StreamConstraintsException) {
                return true;
            }
        }
        return false;
    }
}
