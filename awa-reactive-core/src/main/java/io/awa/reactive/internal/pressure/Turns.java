package io.awa.reactive.internal.pressure;

import java.util.Queue;
import java.util.concurrent.atomic.AtomicInteger;
import reactor.util.concurrent.Queues;

/**
 * Runs what it is given one after the other, in order, never two at once, and waits for nobody: whoever raises {@code wip}
 * from 0 runs what is there, and what comes meanwhile.
 */
final class Turns {

    private final Queue<Runnable> waiting =
            Queues.<Runnable>unboundedMultiproducer().get();
    private final AtomicInteger wip = new AtomicInteger();

    /** @param turn must not throw */
    void take(Runnable turn) {
        waiting.offer(turn);
        if (wip.getAndIncrement() != 0) {
            return;
        }
        int missed = 1;
        do {
            Runnable next = waiting.poll();
            while (next != null) {
                next.run();
                next = waiting.poll();
            }
            missed = wip.addAndGet(-missed);
        } while (missed != 0);
    }
}
