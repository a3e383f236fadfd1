package io.awa.reactive.worker.internal.maintenance;

import io.awa.reactive.AwaValidationException;
import io.awa.reactive.cron.CronSchedule;
import io.awa.reactive.cron.Schedules;
import java.time.Duration;
import java.util.Collection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/**
 * Declares a worker's schedules again now and then, so that they come back where somebody else has declared or removed
 * them. Every process does this for its own: who leads may know others.
 */
final class Declarations {

    private static final Logger LOG = LoggerFactory.getLogger(Declarations.class);

    private static final Duration GAP = Duration.ofSeconds(60);

    private final Schedules schedules;
    private final Collection<CronSchedule> declared;
    private final Scheduler timer;

    /** @param declared were put before */
    Declarations(Schedules schedules, Collection<CronSchedule> declared, Scheduler timer) {
        this.schedules = schedules;
        this.declared = declared;
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

    /** Runs until cancelled. */
    Flux<Void> run() {
        return declared.isEmpty()
                ? Flux.empty()
                : Flux.interval(GAP, timer).onBackpressureDrop().concatMap(tick -> again(), 0);
    }

    private Mono<Void> again() {
        return declare(schedules, declared)
                // Refused though it was taken at the start: what its job refers to has changed. Firing goes on.
                .onErrorResume(AwaValidationException.class, error -> {
                    LOG.warn("A schedule is refused now; what was declared before stays", error);
                    return Mono.empty();
                })
                .onErrorResume(error -> {
                    LOG.warn("Schedules could not be declared again; the next time is in {}", GAP, error);
                    return Mono.empty();
                });
    }
}
