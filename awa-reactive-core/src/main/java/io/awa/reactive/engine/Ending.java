package io.awa.reactive.engine;

/** How an attempt ends, as its closure or its ending records it. Each but the first is followed by an entry in the store. */
public enum Ending {
    /** Done. */
    COMPLETED('c'),
    /** Failed for good; a dead letter where the queue says so. */
    FAILED('f'),
    /** To be tried again after a delay; the attempt counts. */
    RETRIED('t'),
    /** Not yet: to be tried again after a delay; the attempt does not count. */
    SNOOZED('z'),
    /** Goes on, in the store: its segment no longer waits for it. */
    HELD('h'),
    /** Waits for a callback; only of held attempts. */
    PARKED('w'),
    /** Failed for good, kept as a dead letter whatever the queue says. */
    DEAD('d'),
    /** Cancelled. */
    CANCELLED('x');

    private final char code;

    Ending(char code) {
        this.code = code;
    }

    char code() {
        return code;
    }
}
