package io.awa.reactive.internal.json;

import io.awa.reactive.admin.JobState;
import io.awa.reactive.job.Job;
import io.awa.reactive.job.Unique;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;

/**
 * The key of a unique job: the first 16 bytes of SHA-256 over its parts. A part is a letter for what it is, its length in
 * four bytes, and its bytes, so that no two lists of parts are one text: {@code k} the kind, {@code q} the queue, {@code a}
 * the canonical arguments, {@code e} the application's key, {@code p} the period in milliseconds and its number since 1970.
 *
 * <p>Pinned by a test: keys are stored, and every version and every language must find the same.
 */
final class UniqueKey {

    private UniqueKey() {}

    /**
     * @param args   the canonical arguments
     * @param millis the time of enqueue, since 1970
     */
    static UUID of(Job<?> job, Unique terms, Supplier<byte[]> args, long millis) {
        MessageDigest digest = sha256();
        part(digest, 'k', utf8(job.type().kind()));
        if (terms.queue()) {
            part(digest, 'q', utf8(job.queue()));
        }
        if (terms.args()) {
            part(digest, 'a', args.get());
        }
        terms.key().ifPresent(key -> part(digest, 'e', utf8(key)));
        terms.period()
                .map(Duration::toMillis)
                .ifPresent(period -> part(
                        digest,
                        'p',
                        ByteBuffer.allocate(16)
                                .putLong(period)
                                .putLong(Math.floorDiv(millis, period))
                                .array()));
        ByteBuffer hash = ByteBuffer.wrap(digest.digest());
        return new UUID(hash.getLong(), hash.getLong());
    }

    /** The mask as the database takes it; see {@code key_live} in {@code 62_place.sql}. */
    static int mask(Set<JobState> states) {
        int mask = 0;
        for (JobState state : states) {
            mask |= switch (state) {
                case SCHEDULED -> 1;
                case AVAILABLE, GATED -> 2;
                case RUNNING -> 4;
                case RETRYING -> 8;
                case WAITING -> 16;
                case COMPLETED -> 32;
                case FAILED -> 64;
                case DEAD -> 128;
                case CANCELLED -> 256;
                case SNOOZED -> 512;
            };
        }
        return mask;
    }

    private static void part(MessageDigest digest, char what, byte[] bytes) {
        digest.update((byte) what);
        digest.update(ByteBuffer.allocate(4).putInt(bytes.length).array());
        digest.update(bytes);
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
