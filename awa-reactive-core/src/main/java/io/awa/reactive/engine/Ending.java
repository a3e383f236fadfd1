package io.awa.reactive.engine;

/** How a member of a claim ends, as its closure records it. */
public enum Ending {
    /** Done. */
    COMPLETED('c'),
    /** Failed for good; the body and the error are kept past the segment. */
    FAILED('f');

    private final char code;

    Ending(char code) {
        this.code = code;
    }

    char code() {
        return code;
    }
}
