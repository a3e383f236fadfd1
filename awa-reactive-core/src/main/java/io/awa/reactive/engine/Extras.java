package io.awa.reactive.engine;

import io.awa.reactive.internal.json.PlainMembers;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** What travels with a job beside its arguments, read: what earlier attempts left, and its own settings. */
public final class Extras {

    /** Of a job without any. */
    public static final Extras NONE = new Extras();

    private static final Duration NO_DEADLINE = Duration.ofSeconds(Long.MIN_VALUE);

    private final String json;
    private final @Nullable Function<String, JsonNode> parser;
    // What was read once; another thread may have read the same.
    private volatile @Nullable JsonNode tree;
    private volatile @Nullable Duration deadline;
    private volatile @Nullable Map<String, String> headers;

    private Extras() {
        this.json = "";
        this.parser = null;
    }

    /** @param parser reads what is no plain text or number: all of it, or one member's value */
    Extras(String json, Function<String, JsonNode> parser) {
        this.json = json;
        this.parser = parser;
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

    /** What a callback brought to a job whose handler did not wait for it. Yours to change. */
    public Optional<JsonNode> callbackResult() {
        return Optional.ofNullable(member("callback"))
                .map(callback -> callback.get("payload"))
                .map(JsonNode::deepCopy);
    }

    /** How long an attempt of this job may take; null: as long as its queue says. */
    public @Nullable Duration deadline() {
        Duration known = deadline;
        if (known == null) {
            known = readDeadline();
            deadline = known;
        }
        return known.equals(NO_DEADLINE) ? null : known;
    }

    private Duration readDeadline() {
        int at = PlainMembers.find(json, "deadline");
        if (at < 0) {
            return NO_DEADLINE;
        }
        long plain = PlainMembers.number(json, at);
        return Duration.ofMillis(plain >= 0 ? plain : value(at).asLong(Long.MAX_VALUE));
    }

    /** What jobs it shares a limit with; null: none. */
    public @Nullable String concurrencyKey() {
        int at = PlainMembers.find(json, "concurrency_key");
        String plain = at < 0 ? null : PlainMembers.text(json, at);
        return at < 0 || plain != null ? plain : value(at).asString("");
    }

    /** The headers it was enqueued with, unmodifiable. */
    public Map<String, String> headers() {
        Map<String, String> known = headers;
        if (known == null) {
            int at = PlainMembers.find(json, "headers");
            Map<String, String> plain = at < 0 ? Map.of() : PlainMembers.texts(json, at);
            known = plain != null ? plain : headers(value(at));
            headers = known;
        }
        return known;
    }

    private static Map<String, String> headers(JsonNode all) {
        Map<String, String> headers = new LinkedHashMap<>();
        all.properties()
                .forEach(
                        header -> headers.put(header.getKey(), header.getValue().asString("")));
        return Collections.unmodifiableMap(headers);
    }

    // Of one member no more is read than that: whatever else is kept of a job, who works on it needs these.
    private JsonNode value(int at) {
        return Objects.requireNonNull(parser).apply(PlainMembers.value(json, at));
    }

    private @Nullable JsonNode member(String name) {
        JsonNode known = tree;
        if (known == null && parser != null) {
            known = parser.apply(json);
            tree = known;
        }
        return known == null ? null : known.get(name);
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
