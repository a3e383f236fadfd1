package io.awa.reactive.internal.observe;

import io.awa.reactive.engine.Channel;
import io.awa.reactive.engine.Control;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import reactor.core.Disposable;
import reactor.core.Disposables;

/**
 * What observers and workers tell each other, on the channel that all listen to: which jobs are watched, and which of them
 * have gone on. Either word may be lost. But for the words that come, and the end, it belongs to the desk's rounds.
 */
final class Hints {

    /** How often it is said again which jobs are watched; workers forget it after a minute. */
    private static final Duration SAID = Duration.ofSeconds(20);

    /** Not more often, whoever asks. */
    private static final Duration AGAIN = Duration.ofSeconds(1);

    /** Jobs of which it is said. */
    private static final int SAID_OF = 20_000;

    private final Channel channel;
    private final Runnable onHint;
    private final Set<Long> hinted = ConcurrentHashMap.newKeySet();
    private final Disposable.Swap hearing = Disposables.swap();
    private final Set<Watch> said = new HashSet<>();
    private long lastSaid;
    private volatile boolean asked;

    /** @param onHint told when some job has gone on */
    Hints(Channel channel, Runnable onHint) {
        this.channel = channel;
        this.onHint = onHint;
    }

    /** Listens as long as somebody watches. */
    void hear(boolean wanted) {
        Disposable known = hearing.get();
        boolean heard = known != null && !known.isDisposed();
        if (heard && !wanted) {
            hearing.update(Disposables.disposed());
        } else if (wanted && !heard) {
            hearing.update(channel.controls().subscribe(this::heard));
        }
    }

    private void heard(Control word) {
        if (word instanceof Control.Stirred stirred) {
            hinted.addAll(stirred.jobs());
            onHint.run();
        } else if (word instanceof Control.WhoWatches) {
            asked = true;
        }
    }

    /** The jobs that have gone on, by what was said since this was asked last. */
    Set<Long> taken() {
        Set<Long> now = Set.copyOf(hinted);
        hinted.removeAll(now);
        return now;
    }

    /** Says which jobs are watched: of new observers at once, of all of them now and then and where a worker asked. */
    void say(Collection<Watch> watches) {
        if (said.size() > watches.size()) {
            said.retainAll(watches);
        }
        long now = System.nanoTime();
        long since = now - lastSaid;
        if (said.isEmpty() || since >= SAID.toNanos() || asked && since >= AGAIN.toNanos()) {
            asked = false;
            said.clear();
            lastSaid = now;
        }
        List<Long> jobs = new ArrayList<>();
        for (Watch watch : watches) {
            if (said.size() < SAID_OF && said.add(watch)) {
                jobs.add(watch.job());
            }
        }
        channel.watched(jobs);
    }

    void close() {
        hearing.dispose();
    }
}
