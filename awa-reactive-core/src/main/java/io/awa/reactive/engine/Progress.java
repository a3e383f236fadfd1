package io.awa.reactive.engine;

import io.awa.reactive.AwaValidationException;
import io.awa.reactive.internal.json.StoredJson;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * What an attempt says of how far it is. It outlives the attempt: the next one finds it, until the job is completed.
 * Immutable; each setting returns a new instance.
 */
public final class Progress {

    /** Characters of a message that are kept: {@value}. */
    public static final int MESSAGE_LENGTH = 500;

    /** Bytes of metadata and checkpoint as JSON, together, as {@code jsonb} prints them: {@value}. */
    public static final int JSON_BYTES = 16 * 1024;

    /** Nothing said. */
    public static final Progress NONE = new Progress(null, null, null, null);

    private final @Nullable Integer percent;
    private final @Nullable String message;
    private final @Nullable ObjectNode metadata;
    private final @Nullable JsonNode checkpoint;

    private Progress(
            @Nullable Integer percent,
            @Nullable String message,
            @Nullable ObjectNode metadata,
            @Nullable JsonNode checkpoint) {
        this.percent = percent;
        this.message = message;
        this.metadata = metadata;
        this.checkpoint = checkpoint;
    }

    static Progress of(JsonNode stored) {
        JsonNode percent = stored.get("percent");
        JsonNode message = stored.get("message");
        JsonNode meta = stored.get("meta");
        return new Progress(
                percent == null ? null : percent.intValue(),
                message == null ? null : message.stringValue(),
                meta instanceof ObjectNode object ? object : null,
                stored.get("checkpoint"));
    }

    /** How far it is, 0 to 100. */
    public Optional<Integer> percent() {
        return Optional.ofNullable(percent);
    }

    /** What it does. */
    public Optional<String> message() {
        return Optional.ofNullable(message);
    }

    /** A JSON object of the application's; empty where there was none. Yours to change. */
    public ObjectNode metadata() {
        return metadata == null ? JsonNodeFactory.instance.objectNode() : metadata.deepCopy();
    }

    /** Where the next attempt may go on, as the application wrote it. */
    public Optional<JsonNode> checkpoint() {
        return Optional.ofNullable(checkpoint).map(JsonNode::deepCopy);
    }

    /**
     * The same, so far.
     *
     * @param done 0 to 100; what is below or above becomes that
     * @param text cut at {@link #MESSAGE_LENGTH} characters; null: none
     */
    public Progress at(int done, @Nullable String text) {
        return new Progress(
                Math.max(0, Math.min(100, done)),
                text == null ? null : Detail.cut(text, MESSAGE_LENGTH),
                metadata,
                checkpoint);
    }

    /**
     * The same with more metadata: members of the object given replace those of their name.
     *
     * @throws AwaValidationException if metadata and checkpoint would be larger than {@link #JSON_BYTES}, or {@code jsonb}
     *                                does not hold it
     */
    public Progress merge(ObjectNode more) {
        ObjectNode merged = metadata();
        merged.setAll(more.deepCopy());
        return new Progress(percent, message, merged, checkpoint).checked("progress.metadata");
    }

    /**
     * The same with another checkpoint.
     *
     * @throws AwaValidationException if metadata and checkpoint would be larger than {@link #JSON_BYTES}, or {@code jsonb}
     *                                does not hold it
     */
    public Progress checkpoint(JsonNode place) {
        return new Progress(percent, message, metadata, place.deepCopy()).checked("progress.checkpoint");
    }

    private Progress checked(String field) {
        int bytes = (metadata == null ? 0 : StoredJson.bytes(field, metadata))
                + (checkpoint == null ? 0 : StoredJson.bytes(field, checkpoint));
        if (bytes > JSON_BYTES) {
            throw new AwaValidationException(
                    field,
                    bytes + " bytes",
                    "at most " + JSON_BYTES + " bytes of JSON, metadata and checkpoint together");
        }
        return this;
    }

    String json() {
        return tree().toString();
    }

    ObjectNode tree() {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        if (percent != null) {
            json.put("percent", percent);
        }
        if (message != null) {
            json.put("message", message);
        }
        if (metadata != null) {
            json.set("meta", metadata);
        }
        if (checkpoint != null) {
            json.set("checkpoint", checkpoint);
        }
        return json;
    }

    @Override
    public String toString() {
        return json();
    }
}
