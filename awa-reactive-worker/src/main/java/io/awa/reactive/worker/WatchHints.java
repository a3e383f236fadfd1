package io.awa.reactive.worker;

import io.awa.reactive.engine.Channel;
import io.awa.reactive.engine.Control;
import io.awa.reactive.engine.GroupCommit;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/**
 * Tells observers in whatever process that their jobs have gone on here, so that they need not wait for their next look. They
 * say which jobs they watch, on the channel all listen to, and say so again; whoever says nothing for a while is forgotten.
 * While nobody watches, this process's events are not listened to, and nothing is made of them. Words may be lost: looks are
 * the truth.
 */
final class WatchHints implements Disposable {

    /** How long a word that a job is watched is good for. */
    private static final Duration GOOD = Duration.ofSeconds(60);

    private static final Duration CALM = Duration.ofSeconds(1);
    private static final Duration SWEEP = Duration.ofSeconds(10);
    private static final Duration LINGER = Duration.ofMillis(1);
    private static final int MOST = 50_000;

    private final Channel channel;
    private final Events events;
    private final Map<Long, Long> watched = new ConcurrentHashMap<>();
    private final Disposable.Swap listening = Disposables.swap();
    private final GroupCommit<Long> gather;
    private final Disposable.Composite parts = Disposables.composite();

    private WatchHints(Channel channel, Events events, Scheduler timer) {
        this.channel = channel;
        this.events = events;
        this.gather = new GroupCommit<>(GroupCommit.Options.of(Control.MOST_JOBS, LINGER), timer, this::tell);
    }

    static Disposable start(Channel channel, Events events, Scheduler timer) {
        WatchHints hints = new WatchHints(channel, events, timer);
        hints.parts.add(channel.controls().ofType(Control.Watched.class).subscribe(hints::hear));
        // After each connect: what was said before was not heard here.
        hints.parts.add(channel.controls()
                .ofType(Control.Requests.class)
                .sample(CALM)
                .subscribe(connected -> channel.whoWatches()));
        hints.parts.add(
                timer.schedulePeriodically(hints::forget, SWEEP.toMillis(), SWEEP.toMillis(), TimeUnit.MILLISECONDS));
        hints.parts.add(hints.listening);
        return hints;
    }

    private synchronized void hear(Control.Watched word) {
        long until = System.nanoTime() + GOOD.toNanos();
        for (Long job : word.jobs()) {
            if (watched.size() < MOST || watched.containsKey(job)) {
                watched.put(job, until);
            }
        }
        Disposable known = listening.get();
        if (!watched.isEmpty() && (known == null || known.isDisposed())) {
            listening.update(events.flux().ofType(WorkerEvent.OfAttempt.class).subscribe(this::happened));
        }
    }

    private synchronized void forget() {
        long now = System.nanoTime();
        watched.values().removeIf(until -> until - now <= 0);
        if (watched.isEmpty()) {
            listening.update(Disposables.disposed());
        }
    }

    // A report is not durable yet when it is heard of here; a start changes nothing.
    private void happened(WorkerEvent.OfAttempt event) {
        if (!(event instanceof WorkerEvent.Started)
                && !(event instanceof WorkerEvent.Progressed)
                && watched.containsKey(event.job().value())) {
            gather.offer(event.job().value());
        }
    }

    private Mono<Void> tell(List<Long> jobs) {
        channel.stirred(new HashSet<>(jobs));
        return Mono.empty();
    }

    @Override
    public void dispose() {
        parts.dispose();
    }

    @Override
    public boolean isDisposed() {
        return parts.isDisposed();
    }
}
