package io.awa.reactive.worker.internal.maintenance;

import io.awa.reactive.cron.CronSchedule;
import io.awa.reactive.cron.Schedules;
import io.awa.reactive.engine.Control;
import io.awa.reactive.engine.Engine;
import io.awa.reactive.engine.KeyPlaces;
import io.awa.reactive.engine.Leadership;
import io.awa.reactive.engine.Maintenance;
import io.awa.reactive.engine.Observation;
import io.awa.reactive.engine.Promotion;
import io.awa.reactive.engine.Requests;
import io.awa.reactive.engine.Rescue;
import io.awa.reactive.engine.Stores;
import io.awa.reactive.worker.maintenance.Loop;
import io.awa.reactive.worker.maintenance.MaintenanceOptions;
import io.awa.reactive.worker.maintenance.MaintenanceSignal;
import io.awa.reactive.worker.maintenance.RescueOptions;
import java.time.Duration;
import java.util.Collection;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * What a process does for the schema beside its own jobs, if it leads: segments and stores come and go, due jobs are
 * promoted, dead processes' jobs rescued, requests applied, free places of concurrency keys given on, schedules fired. Each
 * loop has a connection of its own, opened when it first needs it, so that a slow one holds up no other. Used by the worker.
 */
public final class Upkeep {

    private static final Duration DEFAULT_CRON = Duration.ofSeconds(1);
    private static final Duration KEYS = Duration.ofSeconds(1);

    private final Settings settings;
    private final Engine engine;
    private final Scheduler timer;
    private final Signals signals = new Signals(Schedulers.boundedElastic());
    private final Leadership leadership;
    private final Maintenance maintenance;
    private final Promotion promotion;
    private final Stores stores;
    private final Rescue rescue;
    private final Requests requests;
    private final KeyPlaces places;
    private final Observation observation;
    private final SegmentLoop segments;
    private final Flux<PacedLoop> led;
    private final PacedLoop cron;
    private final Leader leader;

    /**
     * @param nonces never answers a number that was used before by anyone
     * @param timer  paces the loops
     */
    public Upkeep(Settings settings, Engine engine, LongSupplier nonces, Scheduler timer) {
        MaintenanceOptions options = settings.maintenance();
        this.settings = settings;
        this.engine = engine;
        this.timer = timer;
        this.leadership = engine.leadership(options.lead().lease());
        this.maintenance = engine.maintenance();
        this.promotion = engine.promotion();
        this.stores = engine.stores();
        this.rescue = engine.rescue();
        this.requests = engine.requests();
        this.places = engine.keyPlaces("sweep");
        this.observation = engine.observation();
        Steps steps = new Steps(signals, observation);
        this.segments = new SegmentLoop(maintenance, options, nonces, steps);
        StoreLoop ring = new StoreLoop(stores, options, nonces, steps);
        PromotionLoop promotions = new PromotionLoop(promotion, nonces, steps);
        KeyLoop keys = new KeyLoop(places, nonces, steps);
        RescueLoop rescues = new RescueLoop(rescue, settings.rescue(), nonces, steps, keys::freed);
        RequestLoop applied = new RequestLoop(requests, steps);
        HorizonLoop horizon = new HorizonLoop(observation, signals);
        CronLoop fires = new CronLoop(settings.schedules(), steps);
        Duration pause = settings.cron();
        this.cron = new PacedLoop(Loop.CRON, pause == null ? DEFAULT_CRON : pause, fires::pass, signals, timer);
        this.leader =
                new Leader(leadership, options.lead().beat(), options.lead().lease(), signals, timer);
        this.led = Flux.just(
                new PacedLoop(Loop.SEGMENTS, options.interval(), segments::pass, signals, timer),
                new PacedLoop(Loop.STORE, options.interval(), ring::pass, signals, timer),
                new PacedLoop(Loop.PROMOTION, options.promoteEvery(), promotions::pass, signals, timer),
                new PacedLoop(Loop.RESCUE, settings.rescue().interval(), rescues::pass, signals, timer),
                new PacedLoop(
                        Loop.REQUESTS,
                        options.requestsEvery(),
                        engine.channel().controls().filter(Control.Requests.class::isInstance),
                        applied::pass,
                        signals,
                        timer),
                new PacedLoop(Loop.KEYS, KEYS, keys.wakes(), keys::pass, signals, timer),
                new PacedLoop(Loop.HORIZON, options.horizonEvery(), horizon::pass, signals, timer),
                cron);
    }

    /** Puts all of them; fails with the first that is refused. */
    public static Mono<Void> declare(Schedules schedules, Collection<CronSchedule> declared) {
        return Declarations.declare(schedules, declared);
    }

    /** Starts what the settings ask for. */
    public Disposable start() {
        Disposable.Composite running = Disposables.composite();
        running.add(new Declarations(settings.schedules(), settings.declared(), timer)
                .run()
                .subscribe());
        if (settings.maintains()) {
            running.add(
                    leader.run(lead -> led.flatMap(loop -> loop.run(lead), 16)).subscribe());
        } else if (settings.cron() != null) {
            // Nobody's leader, and asked to fire all the same.
            running.add(cron.run(new Lead(0, Long.MAX_VALUE, System.nanoTime())).subscribe());
        }
        return running;
    }

    /**
     * One pass of each loop, one after the other, without the lead: every step is safe under any number of processes. For
     * one that does not stay. A pass that fails is told, and the others follow.
     *
     * @param over whether to leave out those that are left
     */
    public Mono<Void> pass(BooleanSupplier over) {
        Lead nobodys = new Lead(0, Long.MAX_VALUE, System.nanoTime());
        Flux<PacedLoop> loops = settings.maintains() ? led : settings.cron() != null ? Flux.just(cron) : Flux.empty();
        return loops.concatMap(loop -> over.getAsBoolean() ? Mono.empty() : loop.pass(nobodys), 0)
                .then();
    }

    /** What is done; hot. */
    public Flux<MaintenanceSignal> signals() {
        return signals;
    }

    /** The epoch this process leads under; 0: it does not. */
    public long epoch() {
        return leader.epoch();
    }

    /** A claim met so many holes that a new segment would help. */
    public void askRotation() {
        segments.askRotation();
    }

    /** Closes its connections, and ends the signals. */
    public Mono<Void> close() {
        return Mono.when(
                        leadership.close(),
                        maintenance.close(),
                        promotion.close(),
                        stores.close(),
                        rescue.close(),
                        requests.close(),
                        places.close(),
                        observation.close())
                .doFinally(end -> signals.close());
    }

    /**
     * What a process does.
     *
     * @param maintains   whether it contends for the lead
     * @param maintenance how
     * @param rescue      and when attempts of others are given up
     * @param schedules   the schedules
     * @param declared    those that this process declares
     * @param cron        pause between looks at the schedules; null for the default, and for none without maintenance
     */
    public record Settings(
            boolean maintains,
            MaintenanceOptions maintenance,
            RescueOptions rescue,
            Schedules schedules,
            Collection<CronSchedule> declared,
            @Nullable Duration cron) {}
}
