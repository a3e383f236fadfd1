package io.awa.reactive.engine;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * What an attempt leaves behind with its job: its error, and the reason why it ended. Immutable; each setting returns a new
 * instance. Texts are cut, and characters that {@code jsonb} refuses are replaced.
 */
public final class Detail {

    /** Characters of an error's message that are kept, {@value}; of earlier errors 500. */
    public static final int MESSAGE_LENGTH = 4_000;

    /** Characters of a class name or a reason that are kept: {@value}. */
    public static final int NAME_LENGTH = 200;

    // A text with more control characters than this, line breaks and tabs apart, is binary data.
    private static final int CONTROLS = 16;

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private final ObjectNode json;

    private Detail(ObjectNode json) {
        this.json = json;
    }

    /** Of an error by its class and message. */
    public static Detail error(@Nullable String type, @Nullable String message) {
        ObjectNode error = NODES.objectNode();
        if (type != null) {
            error.put("class", cut(type, NAME_LENGTH));
        }
        error.put("message", message == null ? "" : cut(message, MESSAGE_LENGTH));
        ObjectNode json = NODES.objectNode();
        json.set("error", error);
        return new Detail(json);
    }

    /** Of a reason without an error. */
    public static Detail of(String reason) {
        return new Detail(NODES.objectNode()).reason(reason);
    }

    /** The same with a reason, for instance {@code max_attempts_exhausted}. */
    public Detail reason(String reason) {
        ObjectNode more = json.deepCopy();
        more.put("reason", cut(reason, NAME_LENGTH));
        return new Detail(more);
    }

    /** Of a parked attempt whose handler has ended. */
    public static Detail parked() {
        ObjectNode json = NODES.objectNode();
        json.putObject("callback");
        return new Detail(json);
    }

    /** Of nothing yet. */
    public static Detail none() {
        return new Detail(NODES.objectNode());
    }

    /** The same with what the attempt reported last. */
    public Detail progress(Progress progress) {
        ObjectNode more = json.deepCopy();
        more.set("progress", progress.tree());
        return new Detail(more);
    }

    /** Of a parked attempt whose handler goes on waiting in its process. */
    public static Detail awaited() {
        ObjectNode json = NODES.objectNode();
        json.putObject("callback").put("awaited", true);
        return new Detail(json);
    }

    String json() {
        return json.toString();
    }

    /**
     * At most so many characters, and no half of a pair at the end. NUL becomes a space, as {@code jsonb} does not hold it;
     * in what looks like binary data all control characters do, which would take six bytes of the job's row each.
     */
    static String cut(String text, int length) {
        int end = Math.min(length, text.length());
        if (end < text.length() && end > 0 && Character.isHighSurrogate(text.charAt(end - 1))) {
            end--;
        }
        String kept = text.substring(0, end);
        boolean binary =
                kept.chars().filter(Detail::isControl).limit(CONTROLS + 1).count() > CONTROLS;
        if (!binary) {
            return kept.replace('\0', ' ');
        }
        StringBuilder clean = new StringBuilder(end);
        kept.chars().forEach(c -> clean.append(isControl(c) ? ' ' : (char) c));
        return clean.toString();
    }

    private static boolean isControl(int c) {
        return c < ' ' && c != '\n' && c != '\r' && c != '\t';
    }

    @Override
    public String toString() {
        return json();
    }
}
