package io.awa.reactive.worker;

import io.awa.reactive.engine.Closures;
import io.awa.reactive.engine.Ending;
import io.awa.reactive.engine.Engine;
import io.awa.reactive.engine.GroupCommit;
import io.awa.reactive.engine.HeldAttempts;
import java.time.Duration;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.util.retry.Retry;

/**
 * Ends of jobs on their way into the database, and holds: gathered, written by one statement (those of held attempts by
 * one more), and every runner told how many of its jobs are off its hands.
 *
 * <p>A statement whose answer was lost is sent again under the same closer nonce until the database has decided, so an
 * end is not reported stale because a network failed, unless it is down for longer than its segment is retained. One that the database refuses for its content is halved
 * until the culprit stands alone; that one is left to rescue, and logged.
 */
final class Completions {

    private static final Logger LOG = LoggerFactory.getLogger(Completions.class);

    /** Tries again for as long as trying may help. */
    static final Retry UNTIL_DECIDED = Retry.backoff(Long.MAX_VALUE, Duration.ofMillis(20))
            .maxBackoff(Duration.ofSeconds(2))
            .jitter(0.5)
            .filter(Engine::isTransient)
            .transientErrors(true)
            .doBeforeRetry(signal -> {
                if (signal.totalRetriesInARow() == 0) {
                    LOG.warn("Writing ends of jobs met trouble; trying again until it is over", signal.failure());
                }
            });

    // Below 4,000 ends a second, at a linger of 2 ms, each flush takes what came during the one before it.
    private static final int COMPANY = 8;

    private final Closures closures;
    private final HeldAttempts held;
    private final Nonces nonces;
    private final LiveClaims live;
    private final Counters counters;
    private final JobListener listener;
    private final Consumer<String> wake;
    private final KeyDesk keys;
    private final GroupCommit<Ended> gather;
    private volatile boolean stopped;

    /**
     * @param keys told of ends
     * @param wake told of queues that got follow-ups
     */
    Completions(
            KeyDesk keys,
            Closures closures,
            HeldAttempts held,
            Nonces nonces,
            LiveClaims live,
            Counters counters,
            JobListener listener,
            Consumer<String> wake,
            CompletionOptions options,
            Scheduler timer) {
        this.keys = keys;
        this.closures = closures;
        this.held = held;
        this.nonces = nonces;
        this.live = live;
        this.counters = counters;
        this.listener = listener;
        this.wake = wake;
        this.gather = new GroupCommit<>(
                GroupCommit.Options.<Ended>of(options.batch(), options.linger()).company(COMPANY), timer, this::flush);
    }

    KeyDesk keys() {
        return keys;
    }

    void offer(Ended ended) {
        gather.offer(ended);
    }

    /** Completes when every end offered is decided. */
    Mono<Void> drain() {
        return gather.drainAll();
    }

    /** The connection is about to be closed: what is not written by now will not be. */
    void stop() {
        stopped = true;
    }

    private Mono<Void> flush(List<Ended> batch) {
        List<Ended> leases =
                batch.stream().filter(ended -> ended.held() != null).toList();
        if (leases.isEmpty()) {
            return write(nonces.next(), batch, this::close);
        }
        List<Ended> claims =
                batch.stream().filter(ended -> ended.settlement() != null).toList();
        Mono<Void> settled = write(nonces.next(), leases, this::settle);
        return claims.isEmpty()
                ? settled
                : write(nonces.next(), claims, this::close).then(settled);
    }

    private Mono<boolean[]> close(long closer, List<Ended> batch) {
        return closures.close(
                closer,
                batch.stream().map(Ended::byClaim).toList(),
                i -> batch.get(i).followUps());
    }

    private Mono<boolean[]> settle(long closer, List<Ended> batch) {
        return held.settle(closer, batch.stream().map(Ended::byLease).toList());
    }

    private Mono<Void> write(long closer, List<Ended> batch, Writing writing) {
        return Mono.defer(() -> {
                    counters.flushes.increment();
                    long sent = System.nanoTime();
                    return writing.write(closer, batch)
                            .doOnNext(answer -> counters.recorder.flushed(batch.size(), System.nanoTime() - sent));
                })
                .retryWhen(UNTIL_DECIDED)
                .doOnNext(accepted -> decided(batch, accepted))
                .then()
                .onErrorResume(error -> refused(closer, batch, writing, error));
    }

    // The halves keep the nonce: what an earlier statement of this flush has ended is theirs.
    private Mono<Void> refused(long closer, List<Ended> batch, Writing writing, Throwable error) {
        int size = batch.size();
        if (stopped) {
            LOG.error("{} ends of jobs could not be written before the worker's end; they are left to rescue", size);
            counters.abandoned.add(size);
            batch.forEach(ended -> undecided(ended, error));
            return Mono.empty();
        }
        if (size > 1) {
            return Flux.just(batch.subList(0, size / 2), batch.subList(size / 2, size))
                    .concatMap(half -> write(closer, half, writing))
                    .then();
        }
        Ended one = batch.get(0);
        if (one.isHold()) {
            LOG.error("{} cannot be held; it goes on where it is", one.job(), error);
            Objects.requireNonNull(one.attempt()).holding.refused(error);
            return Mono.empty();
        }
        LOG.error("The end of {} cannot be written; it is left to rescue", one.job(), error);
        counters.abandoned.increment();
        undecided(one, error);
        offHand(one);
        tell(batch);
        return Mono.empty();
    }

    void decided(List<Ended> batch, boolean[] accepted) {
        for (int i = 0; i < accepted.length; i++) {
            Ended ended = batch.get(i);
            counters.decided(ended, accepted[i]);
            if (ended.attempt() != null && (ended.isHold() || ended.ending() == Ending.PARKED)) {
                ended.attempt().holding.placed(ended.ending(), accepted[i]);
            }
            if (accepted[i] && ended.followUps() != null) {
                ended.followUps().queues().forEach(wake);
            }
            offHand(ended);
            if (!ended.isHold()) {
                keys.ended(ended);
            }
            hear(ended.job(), ended.outcome(), accepted[i]);
        }
        tell(batch.stream().filter(ended -> !ended.isHold()).toList());
    }

    // A held attempt has left its claim; its end by lease is none of the claim's.
    private void offHand(Ended ended) {
        if (ended.settlement() != null) {
            live.decided(ended.settlement().claim());
        }
    }

    /** An end that was not sent, because the attempt was over before. */
    void hearStale(ActiveJob<?> job, Outcome outcome) {
        counters.events.stale(job.inHand(), outcome);
        keys.ended(job.extras().orElse(null));
        hear(job, outcome, false);
    }

    private void hear(@Nullable ActiveJob<?> job, @Nullable Outcome outcome, boolean accepted) {
        if (job == null || outcome == null) {
            return;
        }
        try {
            job.decided(accepted);
            listener.settled(job, outcome, accepted);
        } catch (Throwable e) {
            // An error passed on would look like the database's, and the ends that are decided would be written again.
            LOG.warn("A job listener failed; the job is not affected", e);
        }
    }

    /** An end that is not written elsewhere; its runner has it off its hands. */
    void abandon(Ended ended, Throwable error) {
        undecided(ended, error);
        tell(List.of(ended));
    }

    private void undecided(Ended ended, Throwable error) {
        counters.events.unwritten(ended, error);
        if (ended.job() != null && !ended.isHold()) {
            ended.job().undecided(error);
        }
    }

    private static void tell(List<Ended> batch) {
        Set<AttemptOwner> runners = Collections.newSetFromMap(new IdentityHashMap<>());
        for (Ended ended : batch) {
            ended.runner().settled(1);
            runners.add(ended.runner());
        }
        runners.forEach(AttemptOwner::drain);
    }

    private interface Writing {
        Mono<boolean[]> write(long closer, List<Ended> batch);
    }
}
