package io.awa.reactive.worker;

import io.awa.reactive.engine.CallersEnds;
import io.awa.reactive.engine.CallersEnds.Fate;
import io.awa.reactive.engine.Ending;
import io.awa.reactive.engine.Engine;
import io.awa.reactive.engine.FollowUps;
import io.awa.reactive.engine.HeldEnd;
import io.awa.reactive.job.Job;
import io.r2dbc.spi.Connection;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

/**
 * Attempts that end in their callers' transactions. Whether such a transaction was committed only the database knows: its
 * connection may have been lost at the commit. So whatever else is said of the attempt's end afterwards (its handler's
 * outcome, its deadline, a drain) is written only where no such end stands.
 *
 * <p>An open transaction is waited for here, by tries of 50 ms on a connection of its own, one end a statement: ends of
 * other attempts go their way and wait for nothing of this.
 */
final class CallerDesk {

    private static final Logger LOG = LoggerFactory.getLogger(CallerDesk.class);
    private static final Retry WHILE_IT_IS_OPEN = Retry.backoff(Long.MAX_VALUE, Duration.ofMillis(10))
            .maxBackoff(Duration.ofMillis(500))
            .jitter(0.5)
            .filter(Engine::isTransient)
            .transientErrors(true);

    private final Engine engine;
    private final CallersEnds ends;
    private final Nonces nonces;
    private final Completions completions;
    private final Counters counters;
    private final Set<Attempt> watched = ConcurrentHashMap.newKeySet();
    private final Set<CompletableFuture<Void>> undecided = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean looking = new AtomicBoolean();

    CallerDesk(Engine engine, CallersEnds ends, Nonces nonces, Completions completions, Counters counters) {
        this.engine = engine;
        this.ends = ends;
        this.nonces = nonces;
        this.completions = completions;
        this.counters = counters;
    }

    /** Ends an attempt in a transaction, held first; see {@link ActiveJob#completeIn}. */
    Mono<Void> complete(Attempt attempt, Connection caller, List<Job<?>> followUps) {
        return Mono.defer(() -> {
            if (caller.isAutoCommit()) {
                return Mono.error(new IllegalStateException(
                        "completeIn needs an open transaction: begin one on the connection before"));
            }
            if (attempt.isOver()) {
                return Mono.error(attempt.claimed.stale());
            }
            Lease lease = attempt.hold();
            Mono<Optional<FollowUps>> jobs = followUps.isEmpty()
                    ? Mono.just(Optional.empty())
                    : engine.followUps(followUps).map(Optional::of);
            return jobs.flatMap(found -> lease.held().then(Mono.defer(() -> {
                        if (!attempt.borrow()) {
                            return Mono.just(false);
                        }
                        FollowUps with = found.orElse(null);
                        lease.borrows(nonces, with);
                        watched.add(attempt);
                        return ends.complete(caller, lease.number, lease.closer(), with);
                    })))
                    .flatMap(ended -> ended ? Mono.empty() : Mono.error(attempt.claimed.stale()));
        });
    }

    /** Writes an end of an attempt, unless a caller's transaction has completed it. */
    void offer(Ended ended, Lease lease) {
        long closer = nonces.next();
        CompletableFuture<Void> decision = Mono.defer(() -> decide(ended, lease, closer))
                .retryWhen(WHILE_IT_IS_OPEN)
                .doOnError(error -> {
                    LOG.error("The end of {} cannot be written; it is left to rescue", ended.job(), error);
                    counters.abandoned.increment();
                    completions.abandon(ended, error);
                })
                .onErrorComplete()
                .toFuture();
        undecided.add(decision);
        var unused = decision.whenComplete((nothing, error) -> undecided.remove(decision));
    }

    private Mono<Void> decide(Ended ended, Lease lease, long closer) {
        return ends.fates(Map.of(lease.number, lease.closer())).flatMap(fates -> {
            Fate fate = fates.get(lease.number);
            if (fate == Fate.COMPLETED) {
                completed(ended, lease);
                return Mono.<Void>empty();
            }
            // Asked for its own ending too: an earlier try of this may have written it.
            return ends.settle(closer, ended.byLease()).flatMap(accepted -> {
                if (!accepted && fate == Fate.RUNNING) {
                    return decide(ended, lease, closer);
                }
                completions.decided(List.of(ended), new boolean[] {accepted});
                return Mono.empty();
            });
        });
    }

    // What else was said of the end has no effect; "done" is what it is.
    private void completed(Ended said, Lease lease) {
        ActiveJob<?> job = said.job();
        if (job != null
                && !(said.outcome() instanceof Outcome.Done done
                        && done.followUps().isEmpty())) {
            job.decided(false);
        }
        HeldEnd end = new HeldEnd(lease.number, Ending.COMPLETED, null, null, null);
        Ended whole =
                new Ended(null, end, lease.followUps(), said.runner(), said.attempt(), said.job(), Outcome.done());
        completions.decided(List.of(whole), new boolean[] {true});
    }

    /** Looks after those that may be over: a subscriber says nothing after its commit, and a rival's word may be lost. */
    void look() {
        watched.removeIf(Attempt::isOver);
        if (watched.isEmpty() || !looking.compareAndSet(false, true)) {
            return;
        }
        Map<Long, Attempt> byLease = new HashMap<>();
        Map<Long, Long> closers = new HashMap<>();
        for (Attempt attempt : watched) {
            Lease lease = attempt.hold();
            byLease.put(lease.number, attempt);
            closers.put(lease.number, lease.closer());
        }
        var unused = ends.fates(closers)
                .doOnNext(fates -> fates.forEach((lease, fate) -> {
                    Attempt attempt = byLease.get(lease);
                    if (attempt == null) {
                        return;
                    }
                    if (fate == Fate.COMPLETED && attempt.runner().watches()) {
                        attempt.job().isCompletedByCaller();
                        attempt.settle(Outcome.done(), null);
                    } else if (fate == Fate.ENDED_ELSEWHERE) {
                        attempt.lost();
                    }
                }))
                .doOnError(error -> LOG.debug("Ends in callers' transactions could not be looked up", error))
                .onErrorComplete()
                .doFinally(signal -> looking.set(false))
                .toFuture();
    }

    /** Completes when all that was offered is decided. */
    Mono<Void> drain() {
        return Mono.defer(
                () -> Mono.fromFuture(CompletableFuture.allOf(undecided.toArray(CompletableFuture[]::new)), true));
    }

    Mono<Void> close() {
        return ends.close();
    }
}
