package io.awa.reactive.observation;

import io.micrometer.observation.Observation;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/**
 * What one subscription of an observed Mono is about: each way it may end has a word. Whatever an observation's handlers throw
 * is kept away from jobs.
 */
abstract class Watch<T> {

    private static final Logger LOG = LoggerFactory.getLogger(Watch.class);

    final Observation observation;

    private final Mono<T> source;
    private final Consumer<String> outcome;

    /** @param outcome takes the word */
    Watch(Observation observation, Mono<T> source, Consumer<String> outcome) {
        this.observation = observation;
        this.source = source;
        this.outcome = outcome;
    }

    /** What is observed. */
    final Mono<T> source() {
        return source;
    }

    /** Whether it calls code of an application while it is subscribed, which finds the observation in scope then. */
    boolean callsOut() {
        return true;
    }

    /** Its value is there; answers what is handed on in its place. */
    abstract T seen(T value);

    /** It is over without a value. */
    void empty() {
        ended("error");
    }

    void failed(Throwable error) {
        ended("error");
        error(error);
    }

    void cancelled() {
        ended("cancelled");
    }

    final void ended(String word) {
        outcome.accept(word);
    }

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
