package io.awa.reactive.worker;

import io.awa.reactive.engine.Engine;
import io.awa.reactive.engine.Maintenance;
import io.awa.reactive.engine.Promotion;
import io.awa.reactive.engine.Requests;
import io.awa.reactive.engine.Rescue;
import io.awa.reactive.engine.Stores;
import java.time.Duration;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/**
 * What a process does for the schema beside its own jobs: segments and stores come and go, due jobs are promoted, dead
 * processes' jobs rescued, requests applied, schedules fired. Each loop has a connection of its own, opened when it first needs it, so that a
 * slow one holds up no other. Any number of processes may do it at once.
 */
final class Upkeep {

    private final AwaWorkerBuilder settings;
    private final Nonces nonces;
    private final Scheduler timer;
    private final Maintenance maintenance;
    private final MaintenanceLoop segments;
    private final Promotion promotion;
    private final Stores stores;
    private final Rescue rescue;
    private final Requests requests;
    private final Engine engine;

    Upkeep(AwaWorkerBuilder settings, Engine engine, Nonces nonces, Scheduler timer) {
        this.settings = settings;
        this.engine = engine;
        this.nonces = nonces;
        this.timer = timer;
        this.maintenance = engine.maintenance();
        this.segments = new MaintenanceLoop(maintenance, settings.maintenance, nonces, timer);
        this.promotion = engine.promotion();
        this.stores = engine.stores();
        this.rescue = engine.rescue();
        this.requests = engine.requests();
    }

    /** Starts the loops that the settings ask for. */
    Disposable start() {
        Disposable.Composite loops = Disposables.composite();
        if (settings.maintains) {
            MaintenanceOptions options = settings.maintenance;
            loops.add(segments.run().subscribe());
            loops.add(new PromotionLoop(promotion, options.promoteEvery(), nonces, timer)
                    .run()
                    .subscribe());
            loops.add(new StoreLoop(stores, options, nonces, timer).run().subscribe());
            loops.add(new RequestLoop(requests, engine.controls(), timer).run().subscribe());
            loops.add(new RescueLoop(rescue, settings.rescue, nonces::next, timer)
                    .run()
                    .subscribe());
        }
        Duration cron = settings.cron;
        if (cron != null) {
            loops.add(new CronLoop(settings.awa.schedules(), settings.schedules.values(), cron, timer)
                    .run()
                    .subscribe());
        }
        return loops;
    }

    /** A claim met so many holes that a new segment would help. */
    void askRotation() {
        segments.askRotation();
    }

    Mono<Void> close() {
        return Mono.when(maintenance.close(), promotion.close(), stores.close(), rescue.close(), requests.close());
    }
}
