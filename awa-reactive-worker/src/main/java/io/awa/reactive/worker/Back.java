package io.awa.reactive.worker;

/** What is left to do for a job that is given back. */
enum Back {
    /** Nothing: its attempt is over. */
    NOTHING,
    /** Its claim is to be told. */
    RELEASE,
    /** To wait: it is held, and its end is on its way. */
    WAIT
}
