package io.awa.reactive.worker;

import io.awa.reactive.engine.Claims;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/**
 * One queue of a running worker.
 *
 * @param name     its name
 * @param claims   its connection
 * @param source   claims
 * @param runner   works what was claimed
 * @param releases gives back
 * @param counters counts what was given back
 */
record QueueWork(
        String name, Claims claims, ClaimSource source, JobRunner runner, Releases releases, Counters counters) {

    private static final Logger LOG = LoggerFactory.getLogger(QueueWork.class);

    /** Ends a stopped runner: waits for handlers, then gives back what never started and what the timeout cut short. */
    Mono<Void> end(Duration timeout) {
        return source.released()
                .timeout(timeout)
                .onErrorComplete()
                .then(Mono.defer(() -> runner.takeUnstarted().flatMap(this::giveBack)))
                .then(runner.quiet().timeout(timeout).onErrorResume(error -> {
                    List<ClaimedJob> cut = new ArrayList<>(runner.interrupt());
                    LOG.warn(
                            "Queue {}: {} handlers did not end in {}; their jobs are released",
                            name,
                            cut.size(),
                            timeout);
                    return giveBack(cut);
                }));
    }

    private Mono<Void> giveBack(List<ClaimedJob> jobs) {
        return releases.release(jobs)
                .doOnNext(counters.released::add)
                .onErrorResume(error -> {
                    LOG.error("Queue {}: {} jobs could not be released", name, jobs.size(), error);
                    return Mono.empty();
                })
                .then();
    }
}
