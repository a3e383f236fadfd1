package io.awa.reactive.engine;

/**
 * Below it nothing that a pass looks for can appear any more, so a pass does not read again what an earlier one dealt
 * with. Rows become due at {@code due_at}, which is never before the moment they are added, and whoever adds them has an
 * xid before that moment.
 *
 * <p>A mark is a moment and an xid that was not handed out yet then: whoever adds a row that is due before the mark has a
 * lower xid. A pass that began at the old low-water, and whose snapshot's xmin has reached the mark's xid, has seen all
 * those rows; what it left behind bounds the rise. A clock that goes back makes all of this untrue, so it starts anew.
 *
 * <p>Times in microseconds since 1970, by the database's clock. For one thread; forgotten with the connection.
 */
final class LowWater {

    private long low;
    private long markedAt;
    private long markedXid;
    private boolean marked;
    private long last;

    /** Where the next pass begins; 0 where nothing is known. */
    long from() {
        return low;
    }

    /** Whether a mark is wanted: one stands until a pass has reached it. */
    boolean wantsMark() {
        return !marked;
    }

    /**
     * A mark, taken before the pass that is reported next.
     *
     * @param at      when
     * @param nextXid an xid that nobody had at that moment
     */
    void mark(long at, long nextXid) {
        markedAt = at;
        markedXid = nextXid;
        marked = true;
    }

    /**
     * A pass that began at {@link #from()} and read to its end.
     *
     * @param now   when it began
     * @param xmin  of its snapshot
     * @param clear below this it left nothing behind that it saw
     */
    void passed(long now, long xmin, long clear) {
        if (now < last) {
            low = 0;
            marked = false;
        } else if (marked && xmin >= markedXid) {
            low = Math.max(low, Math.min(markedAt, clear));
            marked = false;
        }
        last = now;
    }
}
