package io.awa.reactive.worker;

import io.awa.reactive.engine.Closures;
import io.awa.reactive.engine.Ending;
import io.awa.reactive.engine.Engine;
import io.awa.reactive.engine.GroupCommit;
import io.awa.reactive.engine.Settlement;
import java.time.Duration;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.util.retry.Retry;

/**
 * Ends of jobs on their way into the database: gathered, written by one statement, and every runner told how many of its
 * jobs are off its hands.
 *
 * <p>A statement whose answer was lost is sent again under the same closer nonce until the database has decided, so an
 * end is not reported stale because a network failed, unless it is down for longer than its segment is retained. One that the database refuses for its content is halved until
 * the culprit stands alone; that one is left to rescue, and logged.
 */
final class Completions {

    private static final Logger LOG = LoggerFactory.getLogger(Completions.class);
    private static final Retry UNTIL_DECIDED = Retry.backoff(Long.MAX_VALUE, Duration.ofMillis(20))
            .maxBackoff(Duration.ofSeconds(2))
            .jitter(0.5)
            .filter(Engine::isTransient)
            .transientErrors(true)
            .doBeforeRetry(signal -> {
                if (signal.totalRetriesInARow() == 0) {
                    LOG.warn("Writing ends of jobs met trouble; trying again until it is over", signal.failure());
                }
            });

    private final Closures closures;
    private final Nonces nonces;
    private final LiveClaims live;
    private final Counters counters;
    private final JobListener listener;
    private final GroupCommit<Ended> gather;
    private volatile boolean stopped;

    Completions(
            Closures closures,
            Nonces nonces,
            LiveClaims live,
            Counters counters,
            JobListener listener,
            CompletionOptions options,
            Scheduler timer) {
        this.closures = closures;
        this.nonces = nonces;
        this.live = live;
        this.counters = counters;
        this.listener = listener;
        this.gather = new GroupCommit<>(GroupCommit.Options.of(options.batch(), options.linger()), timer, this::flush);
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
        return write(nonces.next(), batch);
    }

    private Mono<Void> write(long closer, List<Ended> batch) {
        List<Settlement> settlements = batch.stream().map(Ended::settlement).toList();
        return Mono.defer(() -> {
                    counters.flushes.increment();
                    return closures.close(closer, settlements);
                })
                .retryWhen(UNTIL_DECIDED)
                .doOnNext(accepted -> decided(batch, accepted))
                .then()
                .onErrorResume(error -> refused(closer, batch, error));
    }

    // The halves keep the nonce: what an earlier statement of this flush has ended is theirs.
    private Mono<Void> refused(long closer, List<Ended> batch, Throwable error) {
        int size = batch.size();
        if (stopped) {
            LOG.error("{} ends of jobs could not be written before the worker's end; they are left to rescue", size);
            counters.abandoned.add(size);
            return Mono.empty();
        }
        if (size > 1) {
            return Flux.just(batch.subList(0, size / 2), batch.subList(size / 2, size))
                    .concatMap(half -> write(closer, half))
                    .then();
        }
        LOG.error(
                "The end of {} cannot be written; it is left to rescue",
                batch.get(0).job(),
                error);
        counters.abandoned.increment();
        tell(batch);
        return Mono.empty();
    }

    private void decided(List<Ended> batch, boolean[] accepted) {
        for (int i = 0; i < accepted.length; i++) {
            Ended ended = batch.get(i);
            if (!accepted[i]) {
                counters.stale.increment();
            } else if (ended.settlement().ending() == Ending.COMPLETED) {
                counters.completed.increment();
            } else {
                counters.failed.increment();
            }
            hear(ended, accepted[i]);
        }
        tell(batch);
    }

    private void hear(Ended ended, boolean accepted) {
        try {
            listener.settled(ended.job(), ended.outcome(), accepted);
        } catch (Throwable e) {
            // An error passed on would look like the database's, and the ends that are decided would be written again.
            LOG.warn("A job listener failed; the job is not affected", e);
        }
    }

    private void tell(List<Ended> batch) {
        Set<JobRunner> runners = Collections.newSetFromMap(new IdentityHashMap<>());
        for (Ended ended : batch) {
            live.decided(ended.settlement().claim());
            ended.runner().settled();
            runners.add(ended.runner());
        }
        runners.forEach(JobRunner::drain);
    }

    /**
     * A job whose handler has ended.
     *
     * @param settlement what is to be written
     * @param job        the job
     * @param outcome    what the handler said
     * @param runner     who waits for the answer
     */
    record Ended(Settlement settlement, ActiveJob<?> job, Outcome outcome, JobRunner runner) {}
}
