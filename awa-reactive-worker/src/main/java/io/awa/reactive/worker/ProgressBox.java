package io.awa.reactive.worker;

import io.awa.reactive.engine.Progress;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** What an attempt has reported, the newest only, and how much of that is durable. */
final class ProgressBox {

    private final Attempt attempt;
    private final ProgressDesk desk;
    private final AtomicReference<Report> newest;
    private final AtomicLong durable = new AtomicLong();
    private final Queue<Waiter> waiters = new ConcurrentLinkedQueue<>();

    /** @param earlier what an earlier attempt left: a new report adds to it */
    ProgressBox(Attempt attempt, ProgressDesk desk, Progress earlier) {
        this.attempt = attempt;
        this.desk = desk;
        this.newest = new AtomicReference<>(new Report(0, earlier));
    }

    void update(UnaryOperator<Progress> change) {
        Report fresh = newest.updateAndGet(known -> new Report(known.seq + 1, change.apply(known.progress)));
        if (!attempt.isOver()) {
            attempt.tools().counters().events.progressed(attempt, fresh.progress);
            desk.note(attempt);
        }
    }

    /** Writes what is reported by now. */
    Mono<Void> flush() {
        return Mono.defer(() -> {
            if (attempt.isOver() || attempt.place() == Place.GONE) {
                return Mono.error(attempt.claimed.stale());
            }
            if (!isDirty()) {
                return Mono.empty();
            }
            Mono<Void> durable = flushed();
            return attempt.hold()
                    .held()
                    .doOnSuccess(nothing -> desk.flush(attempt))
                    .then(durable);
        });
    }

    /** A report is written, or was of no use; a parked attempt's is written once it goes on. */
    void reported(long seq, boolean standing) {
        Place now = attempt.place();
        if (standing) {
            written(seq);
        } else if (now != Place.PARKED && now != Place.RESUMING) {
            lost(attempt.claimed.stale());
        }
    }

    Report newest() {
        return Objects.requireNonNull(newest.get());
    }

    boolean isDirty() {
        return newest().seq > durable.get();
    }

    /** Completes when all that is reported by now is durable; an error if it never will be. */
    private Mono<Void> flushed() {
        Waiter waiter = new Waiter(newest().seq, Sinks.empty());
        waiters.add(waiter);
        written(durable.get());
        return waiter.sink.asMono();
    }

    // Answers may overtake each other: an older one takes nothing back.
    private void written(long seq) {
        long known = durable.accumulateAndGet(seq, Math::max);
        waiters.removeIf(waiter -> {
            boolean done = waiter.seq <= known;
            if (done) {
                waiter.sink.tryEmitEmpty();
            }
            return done;
        });
    }

    void lost(Throwable error) {
        waiters.removeIf(waiter -> {
            waiter.sink.tryEmitError(error);
            return true;
        });
    }

    /**
     * A report.
     *
     * @param seq      ascends
     * @param progress all of it
     */
    record Report(long seq, Progress progress) {}

    private record Waiter(long seq, Sinks.Empty<Void> sink) {}
}
