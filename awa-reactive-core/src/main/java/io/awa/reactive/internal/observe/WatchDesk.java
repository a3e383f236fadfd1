package io.awa.reactive.internal.observe;

import io.awa.reactive.engine.Control;
import io.awa.reactive.engine.Engine;
import io.awa.reactive.internal.SchemaSql;
import io.awa.reactive.internal.pg.Lane;
import io.awa.reactive.job.JobId;
import io.awa.reactive.observe.JobUpdate;
import io.awa.reactive.observe.ObserveOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.CoreSubscriber;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.core.scheduler.Scheduler;

/**
 * All observers of a process, on one connection. They are served in rounds, one at a time: where the watched jobs stand is
 * looked at, a thousand a statement; those that have gone on, and those of new observers, are read, a hundred a statement.
 * Nothing is asked while nobody watches.
 *
 * <p><b>Pace.</b> A round a tenth of a second, or less often: looking takes a tenth of the connection's time at most, however
 * many watch. A new observer is served at once.
 *
 * <p><b>Hints.</b> Workers are told which jobs are watched, on the channel that all listen to, and tell there when one of them
 * has gone on: it is read at once. Either word may be lost; looks are the truth.
 *
 * <p><b>Trouble</b> with the database is waited out; an error that trying again does not help ends the observers.
 */
public final class WatchDesk {

    private static final Logger LOG = LoggerFactory.getLogger(WatchDesk.class);

    /** The shortest pause between looks. */
    static final Duration EVERY = Duration.ofMillis(100);

    /** Places looked at by one statement. */
    static final int LOOKED_AT = 1_000;

    /** Jobs read by one statement. */
    static final int READ = 100;

    /** So many times what a look takes is the pause after it, at least. */
    private static final int RESTS = 9;

    /** How often it is said again which jobs are watched; workers forget it after a minute. */
    private static final Duration SAID = Duration.ofSeconds(20);

    /** Not more often, whoever asks. */
    private static final Duration AGAIN = Duration.ofSeconds(1);

    /** Jobs of which it is said. */
    private static final int SAID_OF = 20_000;

    private static final Duration SOON = Duration.ofMillis(5);
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final Lane lane;
    private final Evidence evidence;
    private final Engine engine;
    private final Scheduler timer;
    private final Set<Watch> watches = ConcurrentHashMap.newKeySet();
    private final AtomicInteger asked = new AtomicInteger();
    private final Set<Long> hinted = ConcurrentHashMap.newKeySet();
    private final Disposable.Swap alarm = Disposables.swap();
    private final Disposable.Swap hearing = Disposables.swap();
    private volatile boolean closed;
    private volatile boolean asker;

    // Of the round that is under way.
    private long nextLook = System.nanoTime();
    private int failures;
    private final Set<Watch> said = new HashSet<>();
    private long nextSaid;
    private long took;

    /** @param lane one whose statements read in one snapshot */
    public WatchDesk(Lane lane, SchemaSql schema, Engine engine, Scheduler timer) {
        this.lane = lane;
        this.evidence = new Evidence(lane, schema);
        this.engine = engine;
        this.timer = timer;
    }

    /** See {@link io.awa.reactive.Awa#observe(JobId, ObserveOptions)}. */
    public Flux<JobUpdate> observe(JobId job, ObserveOptions options) {
        if (options.cursor() != null) {
            Cursor.parse(job, options.cursor());
        }
        return new Flux<>() {
            @Override
            public void subscribe(CoreSubscriber<? super JobUpdate> actual) {
                if (closed) {
                    Operators.error(actual, closing());
                    return;
                }
                Watch watch = new Watch(job, options, actual, watches::remove);
                actual.onSubscribe(watch);
                watches.add(watch);
                if (watch.isOver()) {
                    watches.remove(watch);
                } else if (closed) {
                    watch.end(closing());
                }
                ask();
            }
        };
    }

    /** There may be something to tell: looks now, if it is time, and reads. */
    private void ask() {
        if (asked.getAndIncrement() == 0) {
            round();
        }
    }

    private void round() {
        int seen = asked.get();
        hear();
        var unused = (System.nanoTime() - nextLook >= 0 ? timed() : Mono.<Void>empty())
                .then(Mono.defer(this::read))
                .doOnSuccess(nothing -> {
                    failures = 0;
                    say();
                })
                .onErrorResume(this::trouble)
                .doOnTerminate(() -> {
                    if (asked.addAndGet(-seen) == 0) {
                        arm();
                    } else {
                        timer.schedule(this::round);
                    }
                })
                .toFuture();
    }

    private Mono<Void> timed() {
        return Mono.defer(() -> {
            long begun = System.nanoTime();
            return look().doOnSuccess(nothing -> {
                // The shorter one of two: what one connection or plan took to be made is not what looks take.
                long now = System.nanoTime() - begun;
                rest(Math.max(EVERY.toNanos(), RESTS * Math.min(took, now)));
                took = now;
            });
        });
    }

    // Listens as long as somebody watches.
    private void hear() {
        Disposable known = hearing.get();
        boolean heard = known != null && !known.isDisposed();
        if (watches.isEmpty() && heard) {
            hearing.update(Disposables.disposed());
        } else if (!watches.isEmpty() && !heard && !closed) {
            hearing.update(engine.controls().subscribe(this::hear));
        }
    }

    private void hear(Control word) {
        if (word instanceof Control.Stirred stirred) {
            hinted.addAll(stirred.jobs());
            ask();
        } else if (word instanceof Control.WhoWatches) {
            asker = true;
        }
    }

    // After the read: who was told the end is not watched any more.
    private void say() {
        long now = System.nanoTime();
        if (said.isEmpty() || now - nextSaid >= 0 || asker && now - nextSaid >= AGAIN.toNanos() - SAID.toNanos()) {
            asker = false;
            said.clear();
            nextSaid = now + SAID.toNanos();
        }
        List<Long> jobs = new ArrayList<>();
        for (Watch watch : watches) {
            if (said.size() < SAID_OF && said.add(watch)) {
                jobs.add(watch.job());
            }
        }
        engine.watched(jobs);
    }

    private void rest(long nanos) {
        nextLook = System.nanoTime() + nanos;
    }

    // What nobody waits for wakes nobody.
    private void arm() {
        hear();
        if (watches.isEmpty() || closed) {
            return;
        }
        boolean soon = failures == 0 && watches.stream().anyMatch(watch -> watch.isReady() && watch.isStirred());
        long pause = soon ? SOON.toNanos() : Math.max(0, nextLook - System.nanoTime());
        alarm.update(timer.schedule(this::ask, pause, TimeUnit.NANOSECONDS));
    }

    private Mono<Void> look() {
        List<Watch> placed = watches.stream()
                .filter(watch -> watch.isReady() && !watch.isStirred() && watch.place() != null)
                .toList();
        return Flux.fromIterable(parts(placed, LOOKED_AT)).concatMap(this::look).then();
    }

    private Mono<Void> look(List<Watch> part) {
        return evidence.stirred(part.stream()
                        .map(watch -> Objects.requireNonNull(watch.place()))
                        .toList())
                .doOnNext(items -> items.forEach(item -> part.get(item).stir()))
                .then();
    }

    private Mono<Void> read() {
        Map<Long, List<Watch>> byJob = new HashMap<>();
        Set<Long> now = Set.copyOf(hinted);
        hinted.removeAll(now);
        for (Watch watch : watches) {
            if (now.contains(watch.job())) {
                watch.stir();
            }
            if (watch.isReady() && watch.isStirred()) {
                byJob.computeIfAbsent(watch.job(), job -> new ArrayList<>()).add(watch);
            }
        }
        return Flux.fromIterable(parts(List.copyOf(byJob.keySet()), READ))
                .concatMap(ids -> read(ids, byJob))
                .then();
    }

    // An answer that is void tells nothing: they stay stirred.
    private Mono<Void> read(List<Long> ids, Map<Long, List<Watch>> byJob) {
        return evidence.lives(ids)
                .doOnNext(lives -> lives.forEach(
                        (id, life) -> Objects.requireNonNull(byJob.get(id)).forEach(watch -> watch.look(life))))
                .then();
    }

    private Mono<Void> trouble(Throwable error) {
        if (closed) {
            return Mono.empty();
        }
        if (!Engine.isTransient(error)) {
            LOG.error("Jobs cannot be watched; {} observers end with that", watches.size(), error);
            List.copyOf(watches).forEach(watch -> watch.end(error));
            return Mono.empty();
        }
        if (failures++ == 0) {
            LOG.warn("Watching jobs met trouble; trying again until it is over", error);
        }
        rest(Math.min(PATIENCE.toNanos(), EVERY.toNanos() << Math.min(failures, 10)));
        return Mono.empty();
    }

    /** Ends the observers with an error: their jobs go on. */
    public Mono<Void> close() {
        return Mono.defer(() -> {
            closed = true;
            alarm.dispose();
            hearing.dispose();
            List.copyOf(watches).forEach(watch -> watch.end(closing()));
            return lane.close();
        });
    }

    private static IllegalStateException closing() {
        return new IllegalStateException("the instance is closed: its observers end, the jobs go on");
    }

    private static <T> List<List<T>> parts(List<T> all, int size) {
        List<List<T>> parts = new ArrayList<>();
        for (int i = 0; i < all.size(); i += size) {
            parts.add(all.subList(i, Math.min(all.size(), i + size)));
        }
        return parts;
    }
}
