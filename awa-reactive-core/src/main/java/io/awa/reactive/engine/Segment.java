package io.awa.reactive.engine;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A live segment as maintenance sees it.
 *
 * @param number   ascending in time
 * @param child    the child tables it lives in
 * @param state    where it stands
 * @param age      since it was registered
 * @param finished since it was finished; null before
 * @param bytes    on disk, indexes included
 */
public record Segment(
        long number,
        int child,
        State state,
        Duration age,
        @Nullable Duration finished,
        long bytes) {

    /** The life of a segment. */
    public enum State {
        /** Registered, not yet current. */
        NEXT,
        /** Takes new jobs. */
        CURRENT,
        /** No longer current, writers may be left. */
        CLOSING,
        /** No writer is left. */
        SEALED,
        /** Nothing in it is live. */
        FINISHED
    }
}
