package io.awa.reactive.internal.pressure;

import io.awa.reactive.pressure.Backpressure;
import io.awa.reactive.pressure.QueuePressure;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Whether one queue has room, as far as this instance can know, and who waits for that. Touched only inside {@link Gate}'s
 * loop.
 *
 * <p>What this instance has let in and a look may not have seen is counted as if it waited: all that is under way, and what
 * has ended since the look began. That is never more than the burst: then another look is due. So of all instances the
 * last look that let anyone in saw a depth below the mark, and each instance has added no more than its burst since.
 */
final class Valve {

    /** A look this old lets nobody in: others store as well. */
    static final long FRESH_NANOS = Duration.ofMillis(100).toNanos();

    /** Between looks at a queue that is too full. */
    static final long LONGEST_PAUSE_NANOS = Duration.ofMillis(250).toNanos();

    static final long SHORTEST_PAUSE_NANOS = Duration.ofMillis(10).toNanos();

    private final String queue;
    private final Backpressure marks;
    private final Set<Visit> line = new LinkedHashSet<>();
    private boolean open = true;
    private boolean expecting;
    private boolean known;
    private long lookedAt;
    private long depth;
    private double rate;
    private long underWay;
    private long ended;
    private long endedSinceLook;
    private int failures;
    // read by those who gave up
    private volatile @Nullable Throwable trouble;

    Valve(String queue, Backpressure marks) {
        this.queue = queue;
        this.marks = marks;
    }

    String queue() {
        return queue;
    }

    /** Whether so many jobs may come in now, and if not, what to do about it. */
    Answer room(int jobs, long now) {
        boolean fresh = known && now - lookedAt < FRESH_NANOS;
        boolean fitsMark = depth + unseen() + jobs <= high();
        boolean fitsBurst = unseen() + jobs <= marks.burst();
        if (fresh && open && fitsMark && fitsBurst) {
            return Answer.ENTER;
        }
        if (expecting) {
            return Answer.WAIT;
        }
        if (!fresh) {
            return Answer.LOOK;
        }
        if (open && (!fitsMark || !fitsBurst)) {
            if (ended > 0) {
                return Answer.LOOK;
            }
            // What is under way will end, and is heard of.
            return fitsMark ? Answer.WAIT : Answer.SHUT;
        }
        return Answer.SHUT;
    }

    void enter(int jobs) {
        underWay += jobs;
    }

    void leave(int jobs) {
        underWay -= jobs;
        ended += jobs;
        endedSinceLook += jobs;
    }

    /** A look begins. */
    void looks() {
        expecting = true;
        endedSinceLook = 0;
    }

    /** It has ended. */
    void looked(QueuePressure seen, long now) {
        expecting = false;
        known = true;
        lookedAt = now;
        depth = seen.depth();
        rate = seen.drainRate();
        ended = endedSinceLook;
        failures = 0;
        trouble = null;
        open |= depth + unseen() <= low();
    }

    /** It has failed; nothing is known any more. */
    void failed(Throwable error) {
        expecting = false;
        known = false;
        failures++;
        trouble = error;
    }

    /** Nobody comes in before the depth is down at the low mark; somebody will look after the pause. */
    void shut() {
        open = false;
        expecting = true;
    }

    /** The pause is over. */
    void paused() {
        expecting = false;
        known = false;
    }

    /** Another look is due in so many nanoseconds. */
    void pauses() {
        expecting = true;
    }

    /** Until the next look: half of what it would take at the present rate to come down to the low mark. */
    long pause() {
        if (failures > 0) {
            return Math.min(LONGEST_PAUSE_NANOS, SHORTEST_PAUSE_NANOS << Math.min(10, failures));
        }
        double half = rate <= 0 ? Double.MAX_VALUE : (depth + unseen() - low()) / rate / 2 * 1e9;
        return (long) Math.max(SHORTEST_PAUSE_NANOS, Math.min(LONGEST_PAUSE_NANOS, half));
    }

    boolean isOpen() {
        return open;
    }

    @Nullable
    Throwable trouble() {
        return trouble;
    }

    // --- the line

    void join(Visit visit) {
        line.add(visit);
    }

    boolean quit(Visit visit) {
        return line.remove(visit);
    }

    @Nullable
    Visit first() {
        return line.isEmpty() ? null : line.iterator().next();
    }

    int waiting() {
        return line.size();
    }

    private long unseen() {
        return underWay + ended;
    }

    private long high() {
        Duration time = marks.drainTime();
        return time == null ? marks.high() : (long) Math.max(marks.high(), rate * time.toNanos() / 1e9);
    }

    // The same part of the high mark, whatever that is now.
    private long low() {
        return marks.drainTime() == null ? marks.low() : (long) ((double) high() * marks.low() / marks.high());
    }

    /** What is to be done about who is first in the line. */
    enum Answer {
        /** There is room. */
        ENTER,
        /** A look, a pause or the end of what is under way will come. */
        WAIT,
        /** A look will tell. */
        LOOK,
        /** There is none: pause, then look. */
        SHUT
    }
}
