package io.awa.reactive.internal.json;

import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What keeps a job from being stored at once and for certain.
 *
 * @param dueMicros   when it becomes available, in microseconds since 1970; null: at once, or after the delay
 * @param delayMillis how long after it was stored it becomes available; null: at once, or when due
 * @param key         its unique key; null: none
 * @param keyStates   the states in which it holds the key, as a mask
 */
public record Terms(
        @Nullable Long dueMicros,
        @Nullable Long delayMillis,
        @Nullable UUID key,
        int keyStates) {

    /** At once, and not unique. */
    static final Terms NONE = new Terms(null, null, null, 0);

    /** Whether there are none. */
    public boolean none() {
        return dueMicros == null && delayMillis == null && key == null;
    }

    /** Whether the job waits for its time. */
    public boolean scheduled() {
        return dueMicros != null || delayMillis != null;
    }

    // Whatever lies before 1970 is due at once; a fraction of a microsecond or millisecond is rounded up, never too
    // early.
    static @Nullable Long micros(@Nullable Instant time) {
        if (time == null) {
            return null;
        }
        return time.isBefore(Instant.EPOCH) ? 0L : time.getEpochSecond() * 1_000_000 + (time.getNano() + 999) / 1_000;
    }

    static @Nullable Long millis(@Nullable Duration delay) {
        return delay == null ? null : delay.plusNanos(999_999).toMillis();
    }
}
