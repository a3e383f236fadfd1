package io.awa.reactive.internal.pressure;

import io.awa.reactive.internal.Checks;
import io.awa.reactive.pressure.Admission;
import io.awa.reactive.pressure.QueueFullException;
import java.time.Duration;
import java.util.Map;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/** A queue's door for single jobs. */
public final class Door implements Admission {

    private final Gate gate;
    private final Scheduler timer;
    private final String queue;
    private final Duration timeout;

    /** @param queue checked */
    public Door(Gate gate, Scheduler timer, String queue) {
        this(gate, timer, queue, DEFAULT_TIMEOUT);
    }

    private Door(Gate gate, Scheduler timer, String queue, Duration timeout) {
        this.gate = gate;
        this.timer = timer;
        this.queue = queue;
        this.timeout = timeout;
    }

    @Override
    public <T> Mono<T> admit(Mono<T> work) {
        return gate.admit(
                Map.of(queue, 1),
                waiting -> waiting.timeout(timeout, Mono.defer(() -> Mono.error(full())), timer),
                work);
    }

    @Override
    public Admission timeout(Duration limit) {
        return new Door(gate, timer, queue, Checks.between("timeout", limit, Duration.ofMillis(1), LONGEST_TIMEOUT));
    }

    private QueueFullException full() {
        return new QueueFullException(queue, timeout, gate.last(queue), gate.trouble(queue));
    }
}
