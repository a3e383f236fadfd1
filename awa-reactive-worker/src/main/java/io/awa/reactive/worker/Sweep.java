package io.awa.reactive.worker;

import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;

/**
 * The one timer that looks after all attempts of a worker: deadlines, holds, graces, progress and parked attempts. A timer
 * a job would cost more than the job.
 */
final class Sweep {

    private static final Logger LOG = LoggerFactory.getLogger(Sweep.class);
    private static final Duration PAUSE = Duration.ofMillis(50);
    private static final int ATTEMPTS_EACH = 2;
    private static final int PARKED_EACH = 20;
    private static final int HELD_EACH = 100;

    private final List<QueueWork> queues;
    private final Tools tools;
    private final long progressEach;

    private Sweep(List<QueueWork> queues, Tools tools) {
        this.queues = queues;
        this.tools = tools;
        this.progressEach = Math.max(1, tools.options().progress().toMillis() / PAUSE.toMillis());
    }

    /** Runs until disposed. */
    static Disposable start(List<QueueWork> queues, Tools tools) {
        Sweep sweep = new Sweep(queues, tools);
        return Flux.interval(PAUSE).onBackpressureDrop().subscribe(sweep::tick);
    }

    // An error would end the timer, and with it every deadline.
    private void tick(long tick) {
        try {
            if (tick % ATTEMPTS_EACH == 0) {
                long now = System.nanoTime();
                queues.forEach(queue -> queue.runner().atWork().sweep(now));
            }
            if (tick % progressEach == 0) {
                tools.progress().tick();
            }
            if (tick % PARKED_EACH == 0) {
                tools.waits().look();
            }
            if (tick % HELD_EACH == 0) {
                tools.waits()
                        .check(queues.stream()
                                .flatMap(queue -> queue.runner().atWork().held().stream())
                                .toList());
            }
        } catch (RuntimeException e) {
            LOG.error("Looking after attempts met an error", e);
        }
    }
}
