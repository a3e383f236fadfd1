package io.awa.reactive.worker.internal.maintenance;

import io.awa.reactive.engine.FinishOutcome;
import io.awa.reactive.engine.FoldOutcome;
import io.awa.reactive.engine.Maintenance;
import io.awa.reactive.engine.MaintenanceOutcome;
import io.awa.reactive.engine.PruneOutcome;
import io.awa.reactive.engine.RotateOutcome;
import io.awa.reactive.engine.SealOutcome;
import io.awa.reactive.engine.Segment;
import io.awa.reactive.worker.maintenance.MaintenanceOptions;
import io.awa.reactive.worker.maintenance.Step;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Moves segments through their life: current, closing, sealed, finished, gone. Every step is safe under any number of
 * leaders; one that fails or is refused keeps no other segment waiting.
 */
final class SegmentLoop {

    private static final Logger LOG = LoggerFactory.getLogger(SegmentLoop.class);

    private static final Duration ASK_GAP = Duration.ofSeconds(5);

    // Under pressure history is given up, but not at once: a worker that lost an answer asks again for its jobs' ends.
    private static final Duration PRESSED = Duration.ofSeconds(10);

    private final Maintenance maintenance;
    private final MaintenanceOptions options;
    private final LongSupplier nonces;
    private final Steps steps;
    private final AtomicLong askedAt = new AtomicLong(System.nanoTime() - ASK_GAP.toNanos());
    private final Patience patience;
    private final Set<Long> folded = ConcurrentHashMap.newKeySet();
    private volatile boolean noneFree;

    SegmentLoop(Maintenance maintenance, MaintenanceOptions options, LongSupplier nonces, Steps steps) {
        this.maintenance = maintenance;
        this.options = options;
        this.nonces = nonces;
        this.steps = steps;
        this.patience = new Patience(options.escalation().after());
    }

    /**
     * Rotates now and then: a lane carries too many holes in the current segment, and a seal would end them. Needs no
     * lead, for the step is safe under any number of processes.
     */
    void askRotation() {
        long now = System.nanoTime();
        long last = askedAt.get();
        if (now - last >= ASK_GAP.toNanos() && askedAt.compareAndSet(last, now)) {
            var unused = steps.run(Step.ROTATE, 0, maintenance.rotate())
                    .onErrorComplete(error -> {
                        LOG.warn("A rotation that was asked for met trouble", error);
                        return true;
                    })
                    .toFuture();
        }
    }

    Mono<Void> pass(Lead lead) {
        return maintenance.segments().collectList().flatMap(segments -> {
            List<Long> numbers = segments.stream().map(Segment::number).toList();
            patience.keep(numbers);
            folded.retainAll(numbers);
            long bytes = segments.stream().mapToLong(Segment::bytes).sum();
            return Flux.fromIterable(segments)
                    .concatMap(segment -> switch (segment.state()) {
                        case CURRENT -> rotate(lead, segment);
                        case CLOSING -> seal(lead, segment);
                        case SEALED -> finish(lead, segment);
                        case FINISHED -> fold(lead, segment).then(prune(lead, segment, bytes));
                        case NEXT -> Mono.<MaintenanceOutcome>empty();
                    })
                    .then();
        });
    }

    private Mono<? extends MaintenanceOutcome> rotate(Lead lead, Segment segment) {
        boolean full = segment.age().compareTo(options.rotateEvery()) >= 0 || segment.bytes() >= options.rotateBytes();
        return full ? one(Step.ROTATE, lead, 0, waits -> maintenance.rotate()).doOnNext(this::rotated) : Mono.empty();
    }

    private void rotated(RotateOutcome outcome) {
        boolean busy = outcome instanceof RotateOutcome.SkippedBusy;
        if (busy && !noneFree) {
            LOG.info("No child is free; the current segment goes on growing until one is");
        }
        noneFree = busy;
    }

    private Mono<? extends MaintenanceOutcome> seal(Lead lead, Segment segment) {
        return one(Step.SEAL, lead, segment.number(), waits -> maintenance.seal(segment.number()))
                .filter(outcome -> outcome instanceof SealOutcome.Sealed)
                .flatMap(done -> finish(lead, segment));
    }

    private Mono<FinishOutcome> finish(Lead lead, Segment segment) {
        return one(
                Step.FINISH,
                lead,
                segment.number(),
                waits -> maintenance
                        .exhaust(segment.number(), nonces.getAsLong())
                        .then(maintenance.finish(segment.number())));
    }

    // Where it cannot be counted, it is given back all the same.
    private Mono<FoldOutcome> fold(Lead lead, Segment segment) {
        return folded.contains(segment.number())
                ? Mono.empty()
                : one(Step.FOLD, lead, segment.number(), waits -> maintenance.fold(segment.number()))
                        .doOnNext(done -> folded.add(segment.number()));
    }

    private Mono<PruneOutcome> prune(Lead lead, Segment segment, long bytes) {
        boolean pressed = noneFree || bytes > options.retainBytes();
        Duration retention = pressed && options.retention().compareTo(PRESSED) > 0 ? PRESSED : options.retention();
        Duration finished = segment.finished();
        return finished == null || finished.compareTo(retention) < 0
                ? Mono.empty()
                : one(
                                Step.PRUNE,
                                lead,
                                segment.number(),
                                waits -> maintenance.prune(
                                        segment.number(),
                                        retention,
                                        waits ? options.escalation().patience() : Duration.ZERO))
                        .doOnNext(outcome -> {
                            if (outcome instanceof PruneOutcome.Pruned) {
                                patience.wake(Step.ROTATE);
                            }
                        });
    }

    private <O extends MaintenanceOutcome> Mono<O> one(Step step, Lead lead, long number, Steps.Try<O> work) {
        return steps.patiently(patience, step, lead, number, work);
    }
}
