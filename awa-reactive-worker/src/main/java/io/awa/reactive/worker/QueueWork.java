package io.awa.reactive.worker;

import io.awa.reactive.engine.Claims;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/**
 * One queue of a running worker.
 *
 * @param face     what users see
 * @param claims   its connection
 * @param source   claims
 * @param runner   works what was claimed
 * @param rate     its rate limit
 * @param releases gives back
 */
record QueueWork(
        RunningQueue face, Claims claims, ClaimSource source, JobRunner runner, RateGate rate, Releases releases) {

    private static final Logger LOG = LoggerFactory.getLogger(QueueWork.class);

    String name() {
        return face.name();
    }

    /** Claims no more. */
    void stop() {
        rate.dispose();
        runner.stop();
    }

    /**
     * Ends a stopped runner: waits for handlers, then gives back what never started and what the timeout cut short.
     *
     * @return false where a claim's answer is still out, or jobs could not be given back
     */
    Mono<Boolean> end(Deadline deadline) {
        return Mono.zip(unstarted(deadline), quiet(deadline), Boolean::logicalAnd);
    }

    // A short timeout is the handlers': a claim that is under way in a healthy database gets its time.
    private Mono<Boolean> unstarted(Deadline deadline) {
        return source.released()
                .timeout(deadline.remaining().plus(Deadline.GRACE))
                .thenReturn(true)
                .onErrorResume(error -> {
                    LOG.error("Queue {}: a claim is not answered; what it takes is left to rescue", name());
                    return Mono.just(false);
                })
                .flatMap(decided ->
                        runner.takeUnstarted().flatMap(this::giveBack).map(back -> decided && back));
    }

    private Mono<Boolean> quiet(Deadline deadline) {
        return runner.quiet().timeout(deadline.remaining()).thenReturn(true).onErrorResume(error -> {
            List<Member> cut = runner.atWork().cut();
            LOG.warn("Queue {}: {} handlers did not end in time; their jobs are released", name(), cut.size());
            return giveBack(cut);
        });
    }

    private Mono<Boolean> giveBack(List<Member> jobs) {
        return releases.giveBack(runner, jobs, Deadline.GRACE).thenReturn(true).onErrorReturn(false);
    }
}
