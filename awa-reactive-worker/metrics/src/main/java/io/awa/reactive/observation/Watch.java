package io.awa.reactive.observation;

import io.micrometer.observation.Observation;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/** What one subscription of an observed Mono is about. Whatever an observation's handlers throw is kept away from jobs. */
abstract class Watch<T> {

    private static final Logger LOG = LoggerFactory.getLogger(Watch.class);

    final Observation observation;

    Watch(Observation observation) {
        this.observation = observation;
    }

    /** What is observed. */
    abstract Mono<T> source();

    /** Whether it calls code of an application while it is subscribed, which finds the observation in scope then. */
    boolean callsOut() {
        return true;
    }

    /** Its value is there; answers what is handed on in its place. */
    abstract T seen(T value);

    /** It is over without a value. */
    abstract void empty();

    abstract void failed(Throwable error);

    abstract void cancelled();

    final void error(Throwable error) {
        guarded(() -> observation.error(error));
    }

    final void stop() {
        guarded(observation::stop);
    }

    static void guarded(Runnable what) {
        try {
            what.run();
        } catch (RuntimeException e) {
            LOG.warn("An observation failed; no job is affected", e);
        }
    }
}
