package io.awa.reactive.engine;

import java.time.Duration;

/**
 * A live store as maintenance sees it.
 *
 * @param number  ascending in time
 * @param child   the child tables it lives in
 * @param state   where it stands
 * @param age     since it was registered
 * @param bytes   on disk, indexes included
 * @param entries how many it holds at most: counted once it is sealed, before that the span of their numbers
 * @param ended   about how many of them ended, by the size on disk of what says so
 */
public record Store(long number, int child, Segment.State state, Duration age, long bytes, long entries, long ended) {

    /** About how many are live, those included that rest until they may be forgotten. */
    public long live() {
        return Math.max(0, entries - ended);
    }

    /** Whether at least this many of a hundred ended. */
    public boolean ended(int percent) {
        return ended > 0 && ended * 100 >= entries * percent;
    }
}
