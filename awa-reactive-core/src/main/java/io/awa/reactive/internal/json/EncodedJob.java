package io.awa.reactive.internal.json;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * A checked job in the form the database takes. The JSON is kept as UTF-8: a binary COPY writes it as it is into a
 * {@code json} column, and behind the version byte 1 into a {@code jsonb} one; statements bind the text views. The
 * arrays are not copied: read them only.
 */
public final class EncodedJob {

    private final String queue;
    private final int priority;
    private final String kind;
    private final int maxAttempts;
    private final byte[] args;
    private final byte @Nullable [] extras;
    private final Terms terms;

    EncodedJob(
            String queue,
            int priority,
            String kind,
            int maxAttempts,
            byte[] args,
            byte @Nullable [] extras,
            Terms terms) {
        this.queue = queue;
        this.priority = priority;
        this.kind = kind;
        this.maxAttempts = maxAttempts;
        this.args = args;
        this.extras = extras;
        this.terms = terms;
    }

    /** The queue's name. */
    public String queue() {
        return queue;
    }

    /** 1 (highest) to 4. */
    public int priority() {
        return priority;
    }

    /** The kind. */
    public String kind() {
        return kind;
    }

    /** Attempts, the first one included. */
    public int maxAttempts() {
        return maxAttempts;
    }

    /** The arguments as UTF-8 JSON. */
    public byte[] args() {
        return args;
    }

    /**
     * A UTF-8 JSON object with those of the members {@code tags}, {@code meta}, {@code concurrency_key},
     * {@code deadline} (milliseconds) and {@code headers} that the job has; null when it has none.
     */
    public byte @Nullable [] extras() {
        return extras;
    }

    /** When it is to become available, and its unique key. */
    public Terms terms() {
        return terms;
    }

    /** {@link #args()} as text, made anew by each call. */
    public String argsText() {
        return new String(args, StandardCharsets.UTF_8);
    }

    /** {@link #extras()} as text, made anew by each call; null when there are none. */
    public @Nullable String extrasText() {
        return extras == null ? null : new String(extras, StandardCharsets.UTF_8);
    }

    @Override
    public String toString() {
        return "EncodedJob[" + kind + ", queue " + queue + ", " + args.length + " bytes]";
    }
}
