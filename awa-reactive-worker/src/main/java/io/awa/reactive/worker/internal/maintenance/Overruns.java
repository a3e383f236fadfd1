package io.awa.reactive.worker.internal.maintenance;

/**
 * Whether a loop keeps its pace. Three passes running above one and a half intervals begin an episode, three below 0.7
 * end it: what lies between changes nothing, so a loop on the edge does not report each second. For one thread at a time.
 */
final class Overruns {

    private static final int RUNNING = 3;

    private final long slow;
    private final long quick;
    private int count;
    private boolean behind;

    /** @param interval of the loop, in nanoseconds */
    Overruns(long interval) {
        this.slow = interval + interval / 2;
        this.quick = interval / 10 * 7;
    }

    Change took(long nanos) {
        boolean matters = behind ? nanos < quick : nanos > slow;
        count = matters ? count + 1 : 0;
        if (count < RUNNING) {
            return Change.NONE;
        }
        count = 0;
        behind = !behind;
        return behind ? Change.BEGAN : Change.ENDED;
    }

    enum Change {
        NONE,
        BEGAN,
        ENDED
    }
}
