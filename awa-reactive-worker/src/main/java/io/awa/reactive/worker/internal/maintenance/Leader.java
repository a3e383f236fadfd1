package io.awa.reactive.worker.internal.maintenance;

import io.awa.reactive.engine.Leadership;
import io.awa.reactive.worker.maintenance.Loop;
import io.awa.reactive.worker.maintenance.MaintenanceSignal;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/** Contends for the lead, and runs the loops while this process has it. */
final class Leader {

    private static final Logger LOG = LoggerFactory.getLogger(Leader.class);

    private final Leadership leadership;
    private final Duration beat;
    private final Duration lease;
    private final Signals signals;
    private final Scheduler timer;
    // Written by one look at a time.
    private volatile @Nullable Lead lead;

    Leader(Leadership leadership, Duration beat, Duration lease, Signals signals, Scheduler timer) {
        this.leadership = leadership;
        this.beat = beat;
        this.lease = lease;
        this.signals = signals;
        this.timer = timer;
    }

    /** Runs until cancelled. What the loops have sent to the database when the lead is lost is not taken back. */
    Flux<Void> run(Function<Lead, Flux<Void>> loops) {
        return Flux.interval(Duration.ZERO, beat, timer)
                .onBackpressureDrop()
                .concatMap(
                        tick -> leadership.look().map(this::learned).onErrorResume(error -> Mono.just(unknown(error))),
                        0)
                .distinctUntilChanged()
                .switchMap(now -> now.map(loops).orElseGet(Flux::empty));
    }

    /** The epoch this process leads under; 0: it does not, or cannot be sure that it still does. */
    long epoch() {
        Lead now = lead;
        return now != null && now.holds() ? now.epoch() : 0;
    }

    private Optional<Lead> learned(Leadership.Standing now) {
        Lead last = lead;
        if (now.leads() && last != null && last.epoch() == now.epoch()) {
            last.confirmed(now.asOf());
            return Optional.of(last);
        }
        if (last != null) {
            LOG.info("Maintenance is led by this process no more; epoch {} follows {}", now.epoch(), last.epoch());
            signals.offer(new MaintenanceSignal.LeadLost(last.epoch(), Instant.now(), now.epoch()));
        }
        lead = now.leads() ? new Lead(now.epoch(), lease.toNanos(), now.asOf()) : null;
        if (now.leads()) {
            LOG.info("Maintenance is led by this process, epoch {}", now.epoch());
            signals.offer(new MaintenanceSignal.LeadTaken(now.epoch(), Instant.now()));
        }
        return Optional.ofNullable(lead);
    }

    // Until a look succeeds the lead goes on for as long as its lease holds.
    private Optional<Lead> unknown(Throwable error) {
        Lead last = lead;
        LOG.warn("Who leads the maintenance could not be looked up; the next look is in {}", beat, error);
        signals.offer(
                new MaintenanceSignal.Failed(Loop.LEAD, null, last == null ? 0 : last.epoch(), Instant.now(), error));
        return Optional.ofNullable(last);
    }
}
