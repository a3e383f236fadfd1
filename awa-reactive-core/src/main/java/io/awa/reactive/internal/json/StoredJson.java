package io.awa.reactive.internal.json;

import io.awa.reactive.AwaValidationException;
import io.awa.reactive.job.JobLimits;
import java.nio.charset.StandardCharsets;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.databind.JsonNode;

/**
 * Values of an application that are stored beside a running job: checked like arguments, before a statement has them. There
 * they stand among what else is kept of the job, and a row that is refused then is its attempt's end, or the rescue of others.
 */
public final class StoredJson {

    private static final StreamReadConstraints READING = StreamReadConstraints.defaults();
    // They stand in an object of an object.
    private static final JsonBounds BOUNDS = new JsonBounds(
            JobLimits.MAX_PAYLOAD_BYTES,
            JobLimits.MAX_DEPTH - 2,
            READING.getMaxNumberLength(),
            READING.getMaxNameLength(),
            READING.getMaxStringLength());

    private StoredJson() {}

    /**
     * The bytes that {@code jsonb} prints of it at most.
     *
     * @throws AwaValidationException for the given field if it cannot be written, or {@code jsonb} does not hold it, or a
     *                                worker could not read it back
     */
    public static int bytes(String field, JsonNode value) {
        byte[] json;
        try {
            // Jackson writes a missing node as null where it stands in an object, and as nothing where it stands alone.
            String text = value.isMissingNode() ? "null" : value.toString();
            json = text.getBytes(StandardCharsets.UTF_8);
        } catch (RuntimeException e) {
            throw new AwaValidationException(
                    field, value.getClass().getName(), "serialisable as JSON (" + JsonErrors.reason(e) + ")", e);
        }
        return JsonScan.check(field, json, BOUNDS);
    }
}
