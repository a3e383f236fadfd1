package io.awa.reactive.worker;

import io.awa.reactive.engine.Engine;
import io.awa.reactive.engine.GroupCommit;
import io.awa.reactive.engine.HeldAttempts;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.util.retry.Retry;

/**
 * Progress on its way into the database: the newest of each attempt, those of all attempts in one statement. An attempt is
 * held by the first tick after its first report, so a short job that reports and ends before that writes nothing more.
 */
final class ProgressDesk {

    private static final int BATCH = 1_024;
    private static final Duration LINGER = Duration.ofMillis(2);
    private static final Retry UNTIL_WRITTEN = Retry.backoff(Long.MAX_VALUE, Duration.ofMillis(20))
            .maxBackoff(Duration.ofSeconds(2))
            .jitter(0.5)
            .filter(Engine::isTransient)
            .transientErrors(true);

    private final HeldAttempts held;
    private final Set<Attempt> dirty = ConcurrentHashMap.newKeySet();
    private final GroupCommit<Attempt> gather;

    ProgressDesk(HeldAttempts held, Scheduler timer) {
        this.held = held;
        this.gather = new GroupCommit<>(GroupCommit.Options.of(BATCH, LINGER), timer, this::flush);
    }

    /** There is something to write by the next tick. */
    void note(Attempt attempt) {
        dirty.add(attempt);
    }

    /** Writes as soon as the attempt is held. */
    void flush(Attempt attempt) {
        if (attempt.hold().isHeld()) {
            gather.offer(attempt);
        } else {
            dirty.add(attempt);
        }
    }

    void forget(Attempt attempt) {
        dirty.remove(attempt);
    }

    void tick() {
        for (Attempt attempt : dirty) {
            if (attempt.isOver()) {
                dirty.remove(attempt);
            } else if (attempt.hold().isHeld() && dirty.remove(attempt)) {
                gather.offer(attempt);
            }
        }
    }

    private Mono<Void> flush(List<Attempt> batch) {
        Map<Long, Attempt> byLease = new HashMap<>();
        List<HeldAttempts.Report> reports = new ArrayList<>();
        for (Attempt attempt : new HashSet<>(batch)) {
            ProgressBox box = attempt.reports.box();
            ProgressBox.Report newest = box.newest();
            long lease = attempt.holding.number();
            if (lease != 0 && box.isDirty()) {
                byLease.put(lease, attempt);
                reports.add(new HeldAttempts.Report(lease, newest.seq(), newest.progress()));
            }
        }
        return reports.isEmpty()
                ? Mono.empty()
                : Mono.defer(() -> held.report(reports))
                        .retryWhen(UNTIL_WRITTEN)
                        .doOnNext(standing -> {
                            Set<Long> stand = new HashSet<>(standing);
                            for (HeldAttempts.Report report : reports) {
                                Objects.requireNonNull(byLease.get(report.lease()))
                                        .reports
                                        .box()
                                        .reported(report.seq(), stand.contains(report.lease()));
                            }
                        })
                        .doOnError(error -> byLease.values()
                                .forEach(attempt -> attempt.reports.box().lost(error)))
                        .then();
    }
}
