package io.awa.reactive.benchmarks;

import java.time.Duration;

/** Whoever fills the queue. */
interface Producers extends AutoCloseable {

    /** Which calls it makes, for the report. */
    String api();

    /**
     * Offers nothing more and waits until what was offered is stored, and counted in the ledger as enqueued.
     *
     * @throws RuntimeException if something could not be stored
     */
    void finish(Duration patience);

    /** Offers nothing more. */
    @Override
    void close();

    static Producers start(Stage stage, Options options, Ledger ledger) {
        return options.rate == null
                ? new StreamProducers(stage, options, options.depthMark(), ledger)
                : new RateProducers(stage, options, ledger, options.rate);
    }
}
