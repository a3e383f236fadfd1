package io.awa.reactive.worker;

import io.awa.reactive.engine.Closures;
import io.awa.reactive.engine.Control;
import io.awa.reactive.engine.Engine;
import io.awa.reactive.engine.HeldAttempts;
import io.awa.reactive.engine.LiveQueues;
import io.awa.reactive.engine.QueueFigures;
import io.awa.reactive.engine.Workers;
import io.awa.reactive.job.JobType;
import io.awa.reactive.worker.internal.maintenance.Upkeep;
import io.awa.reactive.worker.maintenance.MaintenanceSignal;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** A worker at work. Safe to share between threads. */
public final class RunningWorker {

    private static final Logger LOG = LoggerFactory.getLogger(RunningWorker.class);

    private final AwaWorkerBuilder settings;
    private final Engine engine;
    private final Workers workers;
    private final int worker;
    private final Map<String, Integer> queueIds;
    private final Counters counters;
    private final Closures closures;
    private final HeldAttempts held;
    private final Completions completions;
    private final Tools tools;
    private final Releases releases;
    private final Fleet fleet;
    private final Upkeep upkeep;
    private final JobStreams streams;
    private final Workplaces places;
    private final Heartbeat heartbeat;
    private final HealthDesk health;
    private final Scheduler claimScheduler;
    private final ExecutorService handlerThreads;
    private final BlockingThreads blockingThreads;
    private final Disposable.Composite loops = Disposables.composite();
    private final AtomicReference<@Nullable Mono<DrainReport>> drain = new AtomicReference<>();

    RunningWorker(
            AwaWorkerBuilder settings,
            Engine engine,
            Workers workers,
            int worker,
            Map<Integer, Handlers.Entry<?>> handlersByKind,
            Map<String, Integer> queueIds) {
        this.settings = settings;
        this.engine = engine;
        this.workers = workers;
        this.worker = worker;
        this.queueIds = queueIds;
        this.counters = new Counters(settings.recorder);
        Nonces nonces = new Nonces(worker);
        LiveClaims live = new LiveClaims(nonces);
        this.closures = engine.closures(settings.name);
        this.held = engine.heldAttempts(settings.name);
        this.completions = new Completions(
                new KeyDesk(engine, settings.name, nonces::next, settings.awa::wake, Schedulers.parallel()),
                closures,
                held,
                nonces,
                live,
                counters,
                settings.listener,
                settings.awa::wake,
                settings.completions,
                Schedulers.parallel());
        this.releases = new Releases(closures, nonces, live, counters);
        this.fleet = new Fleet(workers.queues(), Schedulers.parallel());
        this.upkeep = new Upkeep(settings.upkeep(), engine, nonces::next, Schedulers.parallel());
        this.claimScheduler = Schedulers.newParallel("awa-claim", queueIds.size() < 2 ? 1 : 2, true);
        // First come, first served: handlers start in the order of their lane.
        this.handlerThreads = new ForkJoinPool(
                Math.max(2, Runtime.getRuntime().availableProcessors()),
                HandlerThread.factory(),
                (thread, error) -> LOG.error("A handler thread met an error", error),
                true);
        this.blockingThreads = BlockingThreads.of(settings.blockingThreads);
        this.tools = new Tools(
                engine,
                new Handlers(handlersByKind, engine, blockingThreads, settings.interceptor),
                completions,
                new ProgressDesk(held, Schedulers.parallel()),
                new Waits(held, nonces),
                new CallerDesk(engine, engine.callersEnds(settings.name), nonces, completions, counters),
                handlerThreads,
                nonces,
                live,
                counters,
                settings.attempts);
        this.streams = new JobStreams(worker, releases, upkeep::askRotation, tools);
        this.places = new Workplaces(streams);
        this.heartbeat = new Heartbeat(workers, worker, live);
        this.health =
                new HealthDesk(settings, engine, heartbeat, places.queues(), this::epoch, () -> drain.get() != null);
    }

    /**
     * @param ruled what the database says of the queues
     * @param tick  the one pass to be made; null: until it is drained
     */
    RunningWorker begin(List<LiveQueues.Setting> ruled, @Nullable Tick tick) {
        QueueMaker maker = new QueueMaker(
                settings,
                engine,
                worker,
                tools,
                releases,
                claimScheduler,
                QueueSlots.of(settings),
                fleet,
                tick,
                upkeep::askRotation);
        Map<Integer, RunningQueue> faces = new HashMap<>();
        queueIds.forEach((name, id) -> {
            QueueWork queue = maker.make(name, id);
            places.add(queue);
            faces.put(id, queue.face());
        });
        LiveLoop.apply(ruled, faces);
        loops.add(fleet);
        loops.add(Sweep.start(places::atWork, tools));
        loops.add(heartbeat.start(settings.heartbeat));
        counters.recorder.started(this);
        if (tick == null) {
            stay(faces);
            places.begin();
        }
        return this;
    }

    // A tick is over before it needs to hear of anything.
    private void stay(Map<Integer, RunningQueue> faces) {
        if (!faces.isEmpty()) {
            loops.add(LiveLoop.start(
                    workers.queues(), faces, fleet, engine.channel().controls(), Schedulers.parallel()));
        }
        if (settings.roles.contains(Role.WORKER)) {
            loops.add(engine.onStored(places::wake));
            loops.add(engine.channel().notifications().subscribe(places::wake));
            loops.add(engine.channel().controls().subscribe(this::hear));
            loops.add(WatchHints.start(engine.channel(), counters.events, Schedulers.parallel()));
        }
        loops.add(upkeep.start());
    }

    /** Maintenance once, then jobs, until the tick is over. */
    Mono<TickReport> tick(Tick tick) {
        return upkeep.pass(tick::isTimeOver)
                .then(Mono.defer(() -> {
                    places.begin();
                    return tick.ended(() -> places.running() == 0
                            && places.unsettled() == 0
                            && completions.keys().isQuiet());
                }))
                .then(Mono.fromSupplier(tick::isSpent))
                .flatMap(spent -> drain(tick.budget().patience()).map(end -> tick.report(counters, spent, end)));
    }

    /** What it has done and has in hand; a moment's view, not one consistent cut. */
    public WorkerStats stats() {
        return counters.stats(places.running(), places.unsettled());
    }

    /**
     * How it is, from memory and one bounded look at the database, which waits for no lock on a table that jobs go through.
     *
     * @return after a second at most, when a database that has not answered is said to be unwell; it does not fail. All
     *     who ask at once share one look
     */
    public Mono<WorkerHealth> health() {
        return health.look();
    }

    /**
     * How much waits in each of its queues; a bounded read.
     *
     * @return after a second at most; queues that could not be read without waiting for a lock are missing, all of them
     *     where the database does not answer. It does not fail
     */
    public Flux<QueueFigures> figures() {
        return health.figures();
    }

    /** The epoch under which this process leads the schema's maintenance; 0 where it does not. */
    public long epoch() {
        return drain.get() == null ? upkeep.epoch() : 0;
    }

    /**
     * The jobs of a type as a stream, for those who compose. {@code request(n)} is the claim's LIMIT: nothing is claimed that
     * was not asked for, and an unbounded request takes the whole queue into memory. Each subscription claims for itself, on
     * a connection of its own, and shares all else with this worker: beats, deadlines, holds, completions.
     *
     * <p><b>Kinds.</b> A job of another kind is treated by the {@link UnknownKindPolicy}, and another one is claimed for it.
     *
     * <p><b>Cancelling</b> stops the claims; what was claimed and not handed over goes back to its place with its attempt,
     * usually within 50 ms. What was handed over stays the subscriber's until it is settled, lost or rescued; the connection
     * is closed after that. A job whose {@code onNext} is on its way while another thread cancels may be dropped by an
     * operator: {@link #drain} stops without that.
     *
     * <p><b>The end.</b> Completes when this worker is drained. Fails with an {@code IllegalArgumentException} for a demand
     * that is not positive, and with the database's error where the queue or the kind cannot be made because it refuses
     * that, for instance without the schema. An outage ends nothing: it is waited out.
     *
     * <p>Signals arrive on a thread of the subscription's own, which must not be blocked.
     *
     * @param queue worked with the options that {@link AwaWorkerBuilder#queue} gave it, except for their workers and rate limit; need not be
     *              the type's own, and may be worked by handlers too
     * @param type  names the kind and reads arguments
     */
    public <T> Flux<ClaimedJob<T>> claims(String queue, JobType<T> type) {
        return streams.of(queue, type, settings.queues.getOrDefault(queue, QueueOptions.defaults()));
    }

    /** Its queues, to look at and to change. */
    public List<RunningQueue> queues() {
        return places.queues().stream().map(QueueWork::face).toList();
    }

    /** One of its queues, to look at and to change; empty where it does not work it. */
    public Optional<RunningQueue> queue(String queue) {
        return queues().stream().filter(one -> one.name().equals(queue)).findFirst();
    }

    /**
     * What maintenance does, and why it does not do more, while this process leads it; in a process that does not lead:
     * that it does not. Hot: nothing is kept for those who come later. Delivered on a thread of the subscription's own,
     * from Reactor's bounded elastic scheduler, so a subscriber may take its time; one that falls more than 1,024 signals
     * behind loses the newest ones and gets {@link MaintenanceSignal.Missed} in their place. Completes when the worker has
     * been drained; does not fail.
     */
    public Flux<MaintenanceSignal> signals() {
        return upkeep.signals();
    }

    /**
     * What happens to attempts in this process. Hot, and as {@link #signals()} else, with about 8,192 events that may wait. No
     * worker waits for a subscriber, and where there is none no event is made. Those of one attempt come in their order.
     */
    public Flux<WorkerEvent> events() {
        return counters.events.flux();
    }

    /** The number the database knows this process by. */
    public int number() {
        return worker;
    }

    /**
     * Stops: claims no more, lets handlers end, writes their ends, gives the rest back, closes everything. Further calls
     * share the first one's end and its timeout.
     *
     * @param timeout how long handlers have; after it they are disposed and their jobs released. Writing takes at most
     *                20 s beyond it
     * @return what became of the jobs; it does not fail. Cancelling does not stop the drain
     */
    public Mono<DrainReport> drain(Duration timeout) {
        return Mono.defer(() -> {
            Mono<DrainReport> known = drain.get();
            if (known != null) {
                return known;
            }
            Mono<DrainReport> fresh = draining(timeout).cache();
            return drain.compareAndSet(null, fresh) ? Mono.fromFuture(fresh.toFuture(), true) : drain(timeout);
        });
    }

    private Mono<DrainReport> draining(Duration timeout) {
        return Mono.defer(() -> {
            Deadline deadline = Deadline.in(timeout);
            long begun = System.nanoTime();
            long settledBefore = counters.settled();
            places.stop();
            Mono<Boolean> ended = places.end(deadline);
            Mono<Boolean> written = Mono.defer(
                            () -> Mono.when(completions.drain(), tools.callers().drain())
                                    .timeout(deadline.remaining().plus(Deadline.GRACE)))
                    .thenReturn(true)
                    .onErrorReturn(false);
            return ended.flatMap(decided -> written.map(all -> report(settledBefore, decided && all, begun)))
                    .flatMap(report -> close(report).thenReturn(report));
        });
    }

    private DrainReport report(long settledBefore, boolean decided, long begun) {
        long released = counters.released.sum();
        long open = counters.claimed.sum() - counters.settled() - counters.stale.sum() - released;
        return new DrainReport(
                counters.settled() - settledBefore,
                released,
                Math.max(0, open),
                blockingThreads.inside(),
                decided,
                Duration.ofNanos(System.nanoTime() - begun));
    }

    private Mono<Void> close(DrainReport report) {
        loops.dispose();
        completions.stop();
        // A process that leaves jobs behind must be found dead, so that they are rescued.
        Mono<?> stopped = report.clean() ? workers.stop(worker) : Mono.empty();
        // Once more after it: until then a callback takes this process for one whose handlers wait.
        Mono<Void> left = tools.waits().giveBack();
        return left.then(fleet.close())
                .then(stopped)
                .then(left)
                .timeout(Duration.ofSeconds(5))
                .onErrorComplete()
                .then(places.close())
                .then(Mono.when(
                        closures.close(),
                        held.close(),
                        tools.callers().close(),
                        completions.keys().close(),
                        workers.close(),
                        health.close(),
                        upkeep.close()))
                .then(Mono.fromRunnable(() -> {
                    counters.recorder.stopped(this);
                    counters.events.close();
                    claimScheduler.dispose();
                    handlerThreads.shutdown();
                    blockingThreads.shutdown();
                }));
    }

    private void hear(Control control) {
        if (control instanceof Control.Cancel cancel) {
            interrupt(cancel.worker(), cancel.nonce(), cancel.number());
        } else if (control instanceof Control.Resume resume && resume.worker() == worker) {
            tools.waits().look();
        }
    }

    /**
     * Somebody else has ended an attempt, and its end is written: its handler is disposed. An attempt of another worker, or
     * one that is over already, is left alone.
     *
     * @param owner          the number of its worker
     * @param nonce          of its claim; 0: it is held
     * @param ordinalOrLease the member, or the lease of a held attempt
     */
    void interrupt(int owner, long nonce, long ordinalOrLease) {
        if (owner == worker) {
            atWork().forEach(one -> one.interrupt(nonce, ordinalOrLease));
        }
    }

    Stream<AtWork> atWork() {
        return places.atWork();
    }
}
