package io.awa.reactive.engine;

import java.time.Duration;
import java.time.Instant;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What one claim took: positions of one lane in order, with their bodies. An ordinal, counted from 0, names a member.
 * (segment, lane, no, nonce, ordinal) is the token of one attempt and is never used twice.
 */
public final class Claim {

    private static final char SEPARATOR = '\u001e';

    private final long segment;
    private final int lane;
    private final long no;
    private final long nonce;
    private final Instant claimedAt;
    private final Long[] positions;
    private final Long[] meta;
    private final Long[] available;
    private final String[] args;
    private final @Nullable ClaimedExtras extras;
    private final @Nullable Long @Nullable [] origins;
    private final @Nullable Duration deadline;
    private final long received = System.nanoTime();

    Claim(
            long segment,
            int lane,
            long no,
            long nonce,
            Instant claimedAt,
            Long[] positions,
            Long[] meta,
            Long[] available,
            String args,
            @Nullable String extras,
            @Nullable Long @Nullable [] origins,
            @Nullable Long deadlineMillis) {
        this.segment = segment;
        this.lane = lane;
        this.no = no;
        this.nonce = nonce;
        this.claimedAt = claimedAt;
        this.positions = positions;
        this.meta = meta;
        this.available = available;
        this.args = split(args, positions.length);
        this.extras = extras == null ? null : new ClaimedExtras(extras, positions.length);
        this.origins = origins;
        this.deadline = deadlineMillis == null ? null : Duration.ofMillis(deadlineMillis);
    }

    /** How many jobs it took, at least 1. */
    public int size() {
        return positions.length;
    }

    /** The segment that holds the bodies. */
    public long segment() {
        return segment;
    }

    /** The lane's number. */
    public int lane() {
        return lane;
    }

    /** The row of the lane's ledger. */
    public long no() {
        return no;
    }

    /** The nonce the claim was made with. */
    public long nonce() {
        return nonce;
    }

    /** When the claim was made, by the database's clock. */
    public Instant claimedAt() {
        return claimedAt;
    }

    /** The position in the lane. */
    public long position(int ordinal) {
        return positions[ordinal];
    }

    /** The job's id: the position, or that of its first coming where it has come back. */
    public long id(int ordinal) {
        Long origin = origins == null ? null : origins[ordinal];
        return origin == null ? positions[ordinal] : origin;
    }

    /** How long an attempt may take in this queue, unless its job says otherwise; null: as long as it takes. */
    public @Nullable Duration deadline() {
        return deadline;
    }

    /** When its answer came, on the clock of {@link System#nanoTime()}. */
    public long received() {
        return received;
    }

    /** The number of the job's kind. */
    public int kind(int ordinal) {
        return (int) (meta(ordinal) >>> 32);
    }

    /** Which attempt this is, counted from 1. */
    public int attempt(int ordinal) {
        return (int) ((meta(ordinal) >>> 16) & 0xffff) + 1;
    }

    /** How many attempts the job may have. */
    public int maxAttempts(int ordinal) {
        return (int) (meta(ordinal) & 0xffff);
    }

    /** When the job was enqueued, in microseconds of the epoch, by the database's clock. */
    public long availableAtMicros(int ordinal) {
        return available[ordinal];
    }

    /** The arguments as JSON; null when they are too large to travel with the claim and {@link Claims#bodies} has them. */
    public @Nullable String args(int ordinal) {
        String text = args[ordinal];
        return text.isEmpty() ? null : text;
    }

    /** Tags and metadata as a JSON object; null when there are none. */
    public @Nullable String extras(int ordinal) {
        return extras == null ? null : extras.text(ordinal);
    }

    /** The same, read. */
    Extras extras(int ordinal, Function<String, Extras> reader) {
        return extras == null ? Extras.NONE : extras.read(ordinal, reader);
    }

    @Override
    public String toString() {
        return "Claim[segment " + segment + ", lane " + lane + ", no " + no + ", " + size() + " jobs]";
    }

    private long meta(int ordinal) {
        return meta.length == 1 ? meta[0] : meta[ordinal];
    }

    private static String[] split(String text, int n) {
        String[] parts = new String[n];
        int from = 0;
        for (int i = 0; i < n; i++) {
            int to = i == n - 1 ? text.length() : text.indexOf(SEPARATOR, from);
            parts[i] = text.substring(from, to);
            from = to + 1;
        }
        return parts;
    }
}
