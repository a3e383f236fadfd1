package io.awa.reactive.worker;

import io.awa.reactive.engine.Control;
import io.awa.reactive.engine.Requests;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/**
 * Applies requests from callers' transactions: when one is announced, and every 250 ms, which is the truth. A pass that
 * fails is logged and the next one starts anew; none overlap.
 */
final class RequestLoop {

    private static final Logger LOG = LoggerFactory.getLogger(RequestLoop.class);
    private static final Duration EVERY = Duration.ofMillis(250);

    private final Requests requests;
    private final Flux<Control> controls;
    private final Scheduler timer;

    RequestLoop(Requests requests, Flux<Control> controls, Scheduler timer) {
        this.requests = requests;
        this.controls = controls;
        this.timer = timer;
    }

    /** Runs until cancelled. */
    Flux<Integer> run() {
        return Flux.merge(
                        Flux.interval(EVERY, timer).onBackpressureLatest(),
                        controls.filter(Control.Requests.class::isInstance).onBackpressureLatest())
                .onBackpressureLatest()
                .concatMap(
                        wake -> requests.pass().onErrorResume(error -> {
                            LOG.warn("A pass over requests met trouble; the next one starts anew", error);
                            return Mono.empty();
                        }),
                        0);
    }
}
