package io.awa.reactive.internal.observe;

import io.awa.reactive.admin.JobState;
import io.awa.reactive.job.JobId;
import io.awa.reactive.observe.JobUpdate;
import io.awa.reactive.observe.ObserveOptions;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongFieldUpdater;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Operators;
import reactor.util.concurrent.Queues;

/**
 * One subscriber that watches one job. What a look brings is put into {@code waiting}, and no look is made for it before that
 * is taken: a slow subscriber costs no memory beyond one job's life, and misses nothing that is still stored then.
 *
 * <p>{@link #look} and what it keeps belong to the desk, which makes one round at a time; the rest to whoever drains.
 */
final class Watch implements Subscription {

    private static final Logger LOG = LoggerFactory.getLogger(Watch.class);

    private static final AtomicLongFieldUpdater<Watch> REQUESTED =
            AtomicLongFieldUpdater.newUpdater(Watch.class, "requested");

    private final JobId job;
    private final boolean endless;
    private final News news;
    private final CoreSubscriber<? super JobUpdate> actual;
    private final Consumer<Watch> onEnd;

    private volatile @Nullable Place place;
    private volatile boolean stirred = true;
    private boolean unknown;

    private final Queue<JobUpdate> waiting = Queues.<JobUpdate>unbounded().get();
    private final AtomicInteger wip = new AtomicInteger();
    private volatile long requested;
    private volatile boolean ended;
    private volatile boolean over;
    private volatile @Nullable Throwable error;

    Watch(JobId job, ObserveOptions options, CoreSubscriber<? super JobUpdate> actual, Consumer<Watch> onEnd) {
        this.job = job;
        this.endless = options.endless();
        String cursor = options.cursor();
        this.news = new News(cursor == null ? null : Cursor.parse(job, cursor), options.history());
        this.actual = actual;
        this.onEnd = onEnd;
    }

    long job() {
        return job.value();
    }

    // --- the desk's side

    /** Whether it has taken all it was told, and is to be told more. */
    boolean isReady() {
        return !ended && !over && waiting.isEmpty();
    }

    /** Whether it was cancelled, or has got its last signal. */
    boolean isOver() {
        return over;
    }

    /** Where its job was seen; null before that. */
    @Nullable
    Place place() {
        return place;
    }

    /** Whether its job is to be read. */
    boolean isStirred() {
        return stirred;
    }

    void stir() {
        stirred = true;
    }

    /** What is read of its job. */
    void look(Life life) {
        Fact last = life.last();
        if (last == null) {
            // One snapshot that shows nothing may have met a job that was being carried over: a second one decides.
            if (unknown || life.isDeleted()) {
                waiting.offer(new JobUpdate.Gone(job, life.isDeleted(), Cursor.gone(job)));
                end(null);
            }
            unknown = true;
            return;
        }
        unknown = false;
        news.of(life).forEach(waiting::offer);
        place = life.place();
        stirred = false;
        boolean rests = switch (last.told().state()) {
            case FAILED, DEAD, CANCELLED -> !endless;
            default -> last.state() == JobState.COMPLETED;
        };
        if (rests) {
            end(null);
        } else {
            drain();
        }
    }

    void end(@Nullable Throwable why) {
        if (why != null) {
            error = why;
        }
        ended = true;
        onEnd.accept(this);
        drain();
    }

    // --- the subscriber's side

    @Override
    public void request(long n) {
        if (n > 0) {
            Operators.addCap(REQUESTED, this, n);
            drain();
        } else {
            end(new IllegalArgumentException("§3.9: the demand must be positive, it was " + n));
        }
    }

    @Override
    public void cancel() {
        over = true;
        onEnd.accept(this);
        drain();
    }

    private void drain() {
        if (wip.getAndIncrement() != 0) {
            return;
        }
        int missed = 1;
        do {
            long most = requested;
            long sent = 0;
            while (sent < most && !over) {
                JobUpdate next = waiting.poll();
                if (next == null) {
                    break;
                }
                tell(() -> actual.onNext(next));
                sent++;
            }
            if (sent > 0) {
                Operators.produced(REQUESTED, this, sent);
            }
            if (over) {
                waiting.clear();
            } else if (ended && (waiting.isEmpty() || error != null)) {
                over = true;
                tell(this::finish);
            }
            missed = wip.addAndGet(-missed);
        } while (missed != 0);
    }

    // What it throws is its own affair: the round goes on, and its neighbours are told all the same.
    private void tell(Runnable signal) {
        try {
            signal.run();
        } catch (RuntimeException e) {
            LOG.warn("Who observed job {} threw when told of it, and is told no more", job, e);
            over = true;
            onEnd.accept(this);
        }
    }

    private void finish() {
        Throwable why = error;
        if (why != null) {
            actual.onError(why);
        } else {
            actual.onComplete();
        }
    }
}
