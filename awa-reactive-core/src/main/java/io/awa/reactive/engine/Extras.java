package io.awa.reactive.engine;

import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** What travels with a job beside its arguments, read: what earlier attempts left, and its own settings. */
public final class Extras {

    /** Of a job without any. */
    public static final Extras NONE = new Extras(null);

    private final @Nullable JsonNode json;

    Extras(@Nullable JsonNode json) {
        this.json = json;
    }

    /** Errors of earlier attempts, oldest first; the last ten are kept. */
    public List<AttemptError> errors() {
        List<AttemptError> errors = new ArrayList<>();
        JsonNode all = member("errors");
        if (all != null) {
            all.forEach(error -> errors.add(new AttemptError(
                    error.path("attempt").asInt(0),
                    text(error.get("class")),
                    error.path("message").asString(""),
                    time(error.get("at")))));
        }
        return errors;
    }

    /** What an earlier attempt reported last. */
    public Optional<Progress> progress() {
        return Optional.ofNullable(member("progress")).map(Progress::of);
    }

    /** What a callback brought to a job whose handler did not wait for it. */
    public Optional<JsonNode> callbackResult() {
        return Optional.ofNullable(member("callback")).map(callback -> callback.get("payload"));
    }

    /** How long an attempt of this job may take; null: as long as its queue says. */
    public @Nullable Duration deadline() {
        JsonNode millis = member("deadline");
        return millis == null ? null : Duration.ofMillis(millis.asLong(Long.MAX_VALUE));
    }

    /** What jobs it shares a limit with; null: none. */
    public @Nullable String concurrencyKey() {
        return text(member("concurrency_key"));
    }

    /** The headers it was enqueued with, unmodifiable. */
    public Map<String, String> headers() {
        JsonNode all = member("headers");
        if (all == null) {
            return Map.of();
        }
        Map<String, String> headers = new LinkedHashMap<>();
        all.properties()
                .forEach(
                        header -> headers.put(header.getKey(), header.getValue().asString("")));
        return Collections.unmodifiableMap(headers);
    }

    private @Nullable JsonNode member(String name) {
        return json == null ? null : json.get(name);
    }

    private static @Nullable String text(@Nullable JsonNode node) {
        return node == null ? null : node.asString("");
    }

    private static @Nullable Instant time(@Nullable JsonNode node) {
        try {
            return node == null ? null : OffsetDateTime.parse(node.asString("")).toInstant();
        } catch (DateTimeParseException e) {
            return null;
        }
    }
}
