package io.awa.reactive.worker;

import io.awa.reactive.AwaValidationException;
import io.awa.reactive.cron.CronSchedule;
import io.awa.reactive.cron.Schedules;
import io.awa.reactive.cron.TickOutcome;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/**
 * Fires what is due, and declares this worker's schedules again now and then, so that they come back where somebody else
 * has declared or removed them. Needs no leader: of all processes that find the same fire time, one enqueues it. A pass
 * that fails is logged and the next one starts anew.
 */
final class CronLoop {

    private static final Logger LOG = LoggerFactory.getLogger(CronLoop.class);

    private static final Duration DECLARE_GAP = Duration.ofSeconds(60);

    private final Schedules schedules;
    private final Collection<CronSchedule> declared;
    private final Duration pause;
    private final Scheduler timer;
    // Touched by one pass at a time, which come one after the other.
    private final Set<String> failing = new HashSet<>();
    private long declaredAt = System.nanoTime();

    /** @param declared were put before the loop begins */
    CronLoop(Schedules schedules, Collection<CronSchedule> declared, Duration pause, Scheduler timer) {
        this.schedules = schedules;
        this.declared = declared;
        this.pause = pause;
        this.timer = timer;
    }

    /** Puts all of them; fails with the first that is refused. */
    static Mono<Void> declare(Schedules schedules, Collection<CronSchedule> declared) {
        return Flux.fromIterable(declared)
                .concatMap(
                        schedule -> schedules
                                .put(schedule)
                                .doOnNext(outcome -> LOG.debug("schedule {}: {}", schedule.name(), outcome)),
                        0)
                .then();
    }

    /** Runs until cancelled. A pass that takes longer than the pause delays the next one; none overlap. */
    Flux<Void> run() {
        return Flux.interval(Duration.ZERO, pause, timer)
                .onBackpressureDrop()
                .concatMap(
                        tick -> pass().onErrorResume(error -> {
                            LOG.warn("A pass over the schedules met trouble; the next one starts anew", error);
                            return Mono.empty();
                        }),
                        0);
    }

    private Mono<Void> pass() {
        return Mono.defer(() ->
                redeclared().thenMany(schedules.tick()).doOnNext(this::told).then());
    }

    private Mono<Void> redeclared() {
        long now = System.nanoTime();
        return now - declaredAt < DECLARE_GAP.toNanos()
                ? Mono.empty()
                : declare(schedules, declared)
                        // Refused though it was taken at the start: what its job refers to has changed. Firing goes on.
                        .onErrorResume(AwaValidationException.class, error -> {
                            LOG.warn("A schedule is refused now; what was declared before stays", error);
                            return Mono.empty();
                        })
                        .doOnSuccess(done -> declaredAt = now);
    }

    // What fails does so each second: it is worth one line until it works again.
    private void told(TickOutcome outcome) {
        if (outcome instanceof TickOutcome.Failed failed) {
            if (failing.add(failed.name())) {
                LOG.warn("Schedule {} cannot fire", failed.name(), failed.error());
            }
            return;
        }
        failing.remove(outcome.name());
        if (!(outcome instanceof TickOutcome.Idle)) {
            LOG.debug("{}", outcome);
        }
    }
}
