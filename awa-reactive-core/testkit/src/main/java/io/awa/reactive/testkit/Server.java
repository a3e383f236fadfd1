package io.awa.reactive.testkit;

/** A PostgreSQL, wherever it runs. */
interface Server {

    /** Where it answers. */
    ServerAddress address();

    /** Ends it and removes what it left, where that is ours to do. Blocks; calling it again does nothing. */
    void close();
}
