package io.awa.reactive.internal.enqueue;

import io.awa.reactive.internal.pg.Watch;
import io.awa.reactive.internal.pressure.Gate;
import io.awa.reactive.pressure.Backpressure;
import io.r2dbc.spi.Connection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/**
 * Slows bulk enqueue: a chunk is stored when its queues have room for it. Meanwhile the source, which is asked for one chunk
 * ahead, is asked for nothing; the connection is kept, outside of a transaction.
 */
final class Pacer {

    private final Gate gate;
    private final Scheduler timer;

    Pacer(Gate gate, Scheduler timer) {
        this.gate = gate;
        this.timer = timer;
    }

    /** The largest number of a queue's jobs in one chunk. */
    int most(String queue) {
        Backpressure marks = gate.marks(queue);
        return marks == null ? Chunks.JOBS : Math.min(Chunks.JOBS, marks.burst());
    }

    boolean idle() {
        return gate.isOpen();
    }

    /** @param running put around {@code store}: where that is not cancelled with the stream, its jobs count until it ends */
    <T> Mono<T> pace(Connection connection, List<Entry> chunk, Mono<T> store, UnaryOperator<Mono<T>> running) {
        if (idle()) {
            return running.apply(store);
        }
        Map<String, Integer> jobs = new HashMap<>();
        chunk.forEach(entry -> jobs.merge(entry.job().queue(), 1, Integer::sum));
        return gate.admit(jobs, waiting -> orClosed(connection, waiting), store, running);
    }

    // A stream that waits for room must not outlive its connection unnoticed.
    private Mono<Void> orClosed(Connection connection, Mono<Void> waiting) {
        return Mono.firstWithSignal(waiting, Watch.closed(connection, timer));
    }
}
