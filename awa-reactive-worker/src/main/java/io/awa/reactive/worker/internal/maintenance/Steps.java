package io.awa.reactive.worker.internal.maintenance;

import io.awa.reactive.engine.CarryOutcome;
import io.awa.reactive.engine.Engine;
import io.awa.reactive.engine.LockHolder;
import io.awa.reactive.engine.MaintenanceOutcome;
import io.awa.reactive.engine.Observation;
import io.awa.reactive.engine.PruneOutcome;
import io.awa.reactive.engine.SealOutcome;
import io.awa.reactive.worker.maintenance.MaintenanceSignal;
import io.awa.reactive.worker.maintenance.Step;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/** Runs steps and tells what they did; of one that was refused a lock, who holds it. */
final class Steps {

    private static final Logger LOG = LoggerFactory.getLogger(Steps.class);

    private final Signals signals;
    private final Observation observation;

    Steps(Signals signals, Observation observation) {
        this.signals = signals;
        this.observation = observation;
    }

    /** A step on nothing in particular. */
    <O extends MaintenanceOutcome> Mono<O> run(Step step, long epoch, Mono<O> work) {
        return run(step, epoch, 0, work);
    }

    <O extends MaintenanceOutcome> Mono<O> run(Step step, long epoch, long number, Mono<O> work) {
        return Mono.defer(() -> {
            long began = System.nanoTime();
            return work.doOnNext(outcome -> tell(step, epoch, number, false, outcome, began, List.of()));
        });
    }

    /**
     * A step on a child, unless its patience leaves this tick out. Empty where it does, and where the step failed for a
     * reason of its own, which is told and keeps no other child waiting; an error that may pass ends the whole pass.
     */
    <O extends MaintenanceOutcome> Mono<O> patiently(
            Patience patience, Step step, Lead lead, long number, Try<O> work) {
        return Mono.defer(() -> {
            if (!lead.holds() || patience.skips(step, number)) {
                return Mono.empty();
            }
            boolean waits = patience.escalates(step, number);
            long began = System.nanoTime();
            return work.go(waits)
                    .onErrorResume(error -> !Engine.isTransient(error), error -> {
                        patience.failed(step, number);
                        LOG.warn("{} {} met trouble; it is tried again later", step, number, error);
                        signals.offer(
                                new MaintenanceSignal.Failed(step.loop(), step, lead.epoch(), Instant.now(), error));
                        return Mono.empty();
                    })
                    .flatMap(outcome -> {
                        patience.told(step, number, outcome, waits);
                        String relation = refused(outcome);
                        return (relation == null
                                        ? Mono.just(List.<LockHolder>of())
                                        : observation.holders(relation, outcome instanceof PruneOutcome))
                                .map(holders -> {
                                    tell(step, lead.epoch(), number, waits, outcome, began, holders);
                                    return outcome;
                                });
                    });
        });
    }

    private void tell(
            Step step,
            long epoch,
            long number,
            boolean escalated,
            MaintenanceOutcome outcome,
            long began,
            List<LockHolder> holders) {
        LOG.debug("{} {}: {}", step, number, outcome);
        signals.offer(new MaintenanceSignal.Stepped(
                step,
                epoch,
                Instant.now(),
                Duration.ofNanos(System.nanoTime() - began),
                number,
                outcome,
                escalated,
                holders));
    }

    private static @Nullable String refused(MaintenanceOutcome outcome) {
        if (outcome instanceof PruneOutcome.Blocked prune) {
            return prune.relation();
        }
        if (outcome instanceof SealOutcome.Blocked seal) {
            return seal.relation();
        }
        return outcome instanceof CarryOutcome.Blocked carry ? carry.relation() : null;
    }

    /** A try of a step. */
    @FunctionalInterface
    interface Try<O> {
        /** @param waits whether it may wait a moment for its locks */
        Mono<O> go(boolean waits);
    }
}
