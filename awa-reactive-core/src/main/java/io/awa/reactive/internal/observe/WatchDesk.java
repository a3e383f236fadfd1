package io.awa.reactive.internal.observe;

import io.awa.reactive.engine.Channel;
import io.awa.reactive.engine.Engine;
import io.awa.reactive.internal.SchemaSql;
import io.awa.reactive.internal.pg.Lane;
import io.awa.reactive.job.JobId;
import io.awa.reactive.observe.JobUpdate;
import io.awa.reactive.observe.ObserveOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
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

    private static final Duration SOON = Duration.ofMillis(5);
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final Lane lane;
    private final Evidence evidence;
    private final Scheduler timer;
    private final Set<Watch> watches = ConcurrentHashMap.newKeySet();
    private final AtomicInteger asked = new AtomicInteger();
    private final Hints hints;
    private final Disposable.Swap alarm = Disposables.swap();
    private volatile boolean closed;

    // Of the round that is under way.
    private long nextLook = System.nanoTime();
    private int failures;
    private long took;

    /** @param lane one whose statements read in one snapshot */
    public WatchDesk(Lane lane, SchemaSql schema, Channel channel, Scheduler timer) {
        this.lane = lane;
        this.evidence = new Evidence(lane, schema);
        this.timer = timer;
        this.hints = new Hints(channel, this::ask);
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
        listen();
        var unused = (System.nanoTime() - nextLook >= 0 ? timed() : Mono.<Void>empty())
                .then(Mono.defer(this::read))
                .doOnSuccess(nothing -> {
                    failures = 0;
                    // After the read: who was told the end is not watched any more.
                    hints.say(watches);
                })
                .onErrorResume(this::trouble)
                .doOnTerminate(() -> {
                    listen();
                    arm();
                    if (asked.addAndGet(-seen) != 0) {
                        timer.schedule(this::round);
                    }
                })
                .toFuture();
    }

    private void listen() {
        hints.hear(!watches.isEmpty() && !closed);
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

    private void rest(long nanos) {
        nextLook = System.nanoTime() + nanos;
    }

    // What nobody waits for wakes nobody.
    private void arm() {
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
        Set<Long> gone = hints.taken();
        for (Watch watch : watches) {
            if (gone.contains(watch.job())) {
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
            hints.close();
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
