package io.awa.reactive.worker;

import io.awa.reactive.engine.FinishOutcome;
import io.awa.reactive.engine.Maintenance;
import io.awa.reactive.engine.PruneOutcome;
import io.awa.reactive.engine.RotateOutcome;
import io.awa.reactive.engine.SealOutcome;
import io.awa.reactive.engine.Segment;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/**
 * Moves segments through their life: current, closing, sealed, finished, gone. One process leads and the others ask now
 * and then; every step is safe under any number of leaders. A pass that fails is logged and the next one starts anew.
 */
final class MaintenanceLoop {

    private static final Logger LOG = LoggerFactory.getLogger(MaintenanceLoop.class);

    private static final Duration ASK_GAP = Duration.ofSeconds(5);

    // Under pressure history is given up, but not at once: a worker that lost an answer asks again for its jobs' ends.
    private static final Duration PRESSED = Duration.ofSeconds(10);

    private final Maintenance maintenance;
    private final MaintenanceOptions options;
    private final Nonces nonces;
    private final Scheduler timer;
    private final AtomicLong askedAt = new AtomicLong(System.nanoTime() - ASK_GAP.toNanos());
    private volatile boolean noneFree;

    MaintenanceLoop(Maintenance maintenance, MaintenanceOptions options, Nonces nonces, Scheduler timer) {
        this.maintenance = maintenance;
        this.options = options;
        this.nonces = nonces;
        this.timer = timer;
    }

    /**
     * Rotates now and then: a lane carries too many holes in the current segment, and a seal would end them. Needs no
     * lead, for the step is safe under any number of processes.
     */
    void askRotation() {
        long now = System.nanoTime();
        long last = askedAt.get();
        if (now - last >= ASK_GAP.toNanos() && askedAt.compareAndSet(last, now)) {
            var unused = maintenance
                    .rotate()
                    .doOnNext(this::rotated)
                    .onErrorComplete(error -> {
                        LOG.warn("A rotation that was asked for met trouble", error);
                        return true;
                    })
                    .toFuture();
        }
    }

    /** Runs until cancelled. A pass that takes longer than the interval delays the next one; none overlap. */
    Flux<Void> run() {
        return Flux.interval(options.interval(), timer)
                .onBackpressureDrop()
                .concatMap(
                        tick -> pass().onErrorResume(error -> {
                            LOG.warn("A maintenance pass met trouble; the next one starts anew", error);
                            return Mono.empty();
                        }),
                        0);
    }

    private Mono<Void> pass() {
        return maintenance
                .lead()
                .filter(leads -> leads)
                .flatMap(leads -> maintenance.segments().collectList())
                .flatMap(segments -> rotate(segments).thenMany(steps(segments)).then());
    }

    private Mono<Void> rotate(List<Segment> segments) {
        return Flux.fromIterable(segments)
                .filter(segment -> segment.state() == Segment.State.CURRENT && isFull(segment))
                .concatMap(segment -> maintenance.rotate().doOnNext(this::rotated))
                .then();
    }

    private boolean isFull(Segment segment) {
        return segment.age().compareTo(options.rotateEvery()) >= 0 || segment.bytes() >= options.rotateBytes();
    }

    private void rotated(RotateOutcome outcome) {
        noneFree = outcome instanceof RotateOutcome.SkippedBusy;
        if (noneFree) {
            LOG.info("No child is free; the current segment goes on growing until one is");
        } else {
            LOG.debug("rotate: {}", outcome);
        }
    }

    private Flux<Object> steps(List<Segment> segments) {
        long bytes = segments.stream().mapToLong(Segment::bytes).sum();
        return Flux.fromIterable(segments).concatMap(segment -> switch (segment.state()) {
            case CLOSING ->
                maintenance.seal(segment.number()).flatMap(this::sealed).then(finish(segment));
            case SEALED -> finish(segment);
            case FINISHED -> prune(segment, bytes);
            case CURRENT, NEXT -> Mono.empty();
        });
    }

    private Mono<Object> sealed(SealOutcome outcome) {
        LOG.debug("seal: {}", outcome);
        return Mono.just(outcome);
    }

    private Mono<FinishOutcome> finish(Segment segment) {
        return maintenance
                .exhaust(segment.number(), nonces.next())
                .then(maintenance.finish(segment.number()))
                .doOnNext(outcome -> LOG.debug("finish {}: {}", segment.number(), outcome));
    }

    private Mono<PruneOutcome> prune(Segment segment, long bytes) {
        boolean pressed = noneFree || bytes > options.retainBytes();
        Duration retention = pressed && options.retention().compareTo(PRESSED) > 0 ? PRESSED : options.retention();
        Duration finished = segment.finished();
        return finished == null || finished.compareTo(retention) < 0
                ? Mono.empty()
                : maintenance
                        .prune(segment.number(), retention)
                        .doOnNext(outcome -> LOG.debug("prune {}: {}", segment.number(), outcome));
    }
}
