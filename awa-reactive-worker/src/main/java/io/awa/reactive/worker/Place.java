package io.awa.reactive.worker;

/** Where an attempt stands, as far as its worker knows. */
enum Place {
    /** In its segment. */
    CLAIMED,
    /** On its way into the store. */
    HOLDING,
    /** In the store, by its lease. */
    HELD,
    /** In the store, and a transaction of a caller may end it. */
    BORROWED,
    /** On its way to wait for a callback. */
    PARKING,
    /** Waits, without a slot, and off this worker's hands. */
    PARKED,
    /** Its callback has come; it waits for a slot. */
    RESUMING,
    /** Its end is on its way or written. */
    CLOSED,
    /** Somebody else has ended it. */
    GONE;

    /** Whether the answer is there to what was sent last, and no end is on its way. */
    boolean isSettled() {
        return this == CLAIMED || this == HELD || this == BORROWED || this == PARKED || this == RESUMING;
    }
}
