package io.awa.reactive.worker;

import io.awa.reactive.engine.Detail;
import io.awa.reactive.engine.Ending;
import io.awa.reactive.engine.Settlement;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Jobs of kinds this worker has no handler for, as a rolling deploy brings them. They go to the store for a moment, with
 * their attempt, so that a worker that knows the kind may get them, and the lane's head is free for others. Or they fail.
 */
final class Strangers {

    /** How long they are away. */
    static final Duration PAUSE = Duration.ofSeconds(5);

    /** Why those fail that are not given back. */
    static final String REASON = "unknown_kind";

    private static final Logger LOG = LoggerFactory.getLogger(Strangers.class);

    private final String queue;
    private final UnknownKindPolicy policy;
    private final Completions completions;
    private final AttemptOwner runner;
    private final Set<Integer> kinds = ConcurrentHashMap.newKeySet();

    Strangers(String queue, UnknownKindPolicy policy, Completions completions, AttemptOwner runner) {
        this.queue = queue;
        this.policy = policy;
        this.completions = completions;
        this.runner = runner;
    }

    void add(Member job) {
        int kind = job.claim().kind(job.ordinal());
        if (kinds.add(kind)) {
            LOG.warn("Queue {}: no handler for kind number {}; policy for its jobs: {}", queue, kind, policy);
        }
        Settlement settlement = policy == UnknownKindPolicy.RELEASE
                ? Settlement.later(job.claim(), job.ordinal(), Ending.SNOOZED, PAUSE, null)
                : Settlement.of(
                        job.claim(),
                        job.ordinal(),
                        Ending.FAILED,
                        Detail.error(null, "no worker of its queue had a handler for the kind")
                                .reason(REASON));
        completions.offer(Ended.stranger(settlement, runner));
    }
}
