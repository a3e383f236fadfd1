package io.awa.reactive.worker.internal.maintenance;

import io.awa.reactive.worker.maintenance.Loop;
import io.awa.reactive.worker.maintenance.MaintenanceSignal;
import java.time.Duration;
import java.time.Instant;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/**
 * Passes, one after the other: a pass that takes longer than the pause delays the next one, none overlap. One that fails
 * is told, and the next one starts anew. None starts while the lead is in doubt.
 */
final class PacedLoop {

    private static final Logger LOG = LoggerFactory.getLogger(PacedLoop.class);

    private final Loop loop;
    private final Duration every;
    private final Flux<?> wakes;
    private final Function<Lead, Mono<Void>> pass;
    private final Signals signals;
    private final Scheduler timer;

    PacedLoop(Loop loop, Duration every, Function<Lead, Mono<Void>> pass, Signals signals, Scheduler timer) {
        this(loop, every, Flux.never(), pass, signals, timer);
    }

    /** @param wakes start a pass beside those that are due; coalesced */
    PacedLoop(
            Loop loop,
            Duration every,
            Flux<?> wakes,
            Function<Lead, Mono<Void>> pass,
            Signals signals,
            Scheduler timer) {
        this.loop = loop;
        this.every = every;
        this.wakes = wakes;
        this.pass = pass;
        this.signals = signals;
        this.timer = timer;
    }

    /** Runs until cancelled. */
    Flux<Void> run(Lead lead) {
        Overruns overruns = new Overruns(every.toNanos());
        return Flux.merge(Flux.interval(every, timer).onBackpressureLatest(), wakes.onBackpressureLatest())
                .onBackpressureLatest()
                .concatMap(tick -> lead.holds() ? once(lead, overruns) : Mono.<Void>empty(), 0);
    }

    /** One pass; does not fail. */
    Mono<Void> pass(Lead lead) {
        return once(lead, new Overruns(every.toNanos()));
    }

    private Mono<Void> once(Lead lead, Overruns overruns) {
        return Mono.defer(() -> {
            long began = System.nanoTime();
            return Mono.defer(() -> pass.apply(lead))
                    .onErrorResume(error -> {
                        LOG.warn("A pass of {} met trouble; the next one starts anew", loop, error);
                        signals.offer(new MaintenanceSignal.Failed(loop, null, lead.epoch(), Instant.now(), error));
                        return Mono.empty();
                    })
                    .then(Mono.fromRunnable(() -> timed(lead, overruns, System.nanoTime() - began)));
        });
    }

    private void timed(Lead lead, Overruns overruns, long nanos) {
        switch (overruns.took(nanos)) {
            case BEGAN -> {
                LOG.info("{} cannot keep its pace of {}", loop, every);
                signals.offer(new MaintenanceSignal.Overrun(
                        loop, lead.epoch(), Instant.now(), every, Duration.ofNanos(nanos)));
            }
            case ENDED -> signals.offer(new MaintenanceSignal.Recovered(loop, lead.epoch(), Instant.now()));
            case NONE -> {}
        }
    }
}
