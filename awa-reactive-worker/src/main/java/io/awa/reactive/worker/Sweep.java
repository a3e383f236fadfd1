package io.awa.reactive.worker;

import java.time.Duration;
import java.util.function.Supplier;
import java.util.stream.Stream;
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

    private final Supplier<Stream<AtWork>> atWork;
    private final Tools tools;
    private final long progressEach;

    private Sweep(Supplier<Stream<AtWork>> atWork, Tools tools) {
        this.atWork = atWork;
        this.tools = tools;
        this.progressEach = Math.max(1, tools.options().progress().toMillis() / PAUSE.toMillis());
    }

    /** Runs until disposed. */
    static Disposable start(Supplier<Stream<AtWork>> atWork, Tools tools) {
        Sweep sweep = new Sweep(atWork, tools);
        return Flux.interval(PAUSE).onBackpressureDrop().subscribe(sweep::tick);
    }

    // An error would end the timer, and with it every deadline.
    private void tick(long tick) {
        try {
            if (tick % ATTEMPTS_EACH == 0) {
                long now = System.nanoTime();
                atWork.get().forEach(one -> one.sweep(now));
            }
            if (tick % progressEach == 0) {
                tools.progress().tick();
            }
            if (tick % PARKED_EACH == 0) {
                tools.waits().look();
                tools.callers().look();
            }
            if (tick % HELD_EACH == 0) {
                tools.waits()
                        .check(atWork.get().flatMap(one -> one.held().stream()).toList());
            }
        } catch (RuntimeException e) {
            LOG.error("Looking after attempts met an error", e);
        }
    }
}
