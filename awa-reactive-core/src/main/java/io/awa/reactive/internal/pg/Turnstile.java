package io.awa.reactive.internal.pg;

import java.util.Queue;
import java.util.concurrent.atomic.AtomicInteger;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import reactor.core.publisher.Sinks;
import reactor.util.concurrent.Queues;

/**
 * Lets so many calls onto a connection at once; the others wait their turn here. The driver keeps a queue of 256 of its
 * own, and fails the call that finds it full with the SQLSTATE of a lost connection.
 */
final class Turnstile {

    /** More would not be quicker: the server answers one after the other. */
    static final int ROOM = 64;

    private final Queue<MonoSink<Turnstile>> waiting =
            Queues.<MonoSink<Turnstile>>unboundedMultiproducer().get();
    private final AtomicInteger wip = new AtomicInteger();
    private final AtomicInteger inside = new AtomicInteger();
    private final Sinks.Empty<Void> emptied = Sinks.empty();
    private volatile boolean closing;

    /** The work, when there is room for it; not to be cancelled. */
    <T> Mono<T> pass(Mono<T> work) {
        Mono<Turnstile> room = Mono.create(sink -> {
            waiting.offer(sink);
            drain();
        });
        return Mono.usingWhen(room, entered -> work, entered -> Mono.fromRunnable(this::leave));
    }

    /** Completes when nobody is inside and nobody waits; to be asked for when no more are let in. */
    Mono<Void> emptied() {
        return Mono.defer(() -> {
            closing = true;
            drain();
            return emptied.asMono();
        });
    }

    private void leave() {
        inside.decrementAndGet();
        drain();
    }

    private void drain() {
        if (wip.getAndIncrement() != 0) {
            return;
        }
        int missed = 1;
        do {
            while (inside.get() < ROOM) {
                MonoSink<Turnstile> next = waiting.poll();
                if (next == null) {
                    break;
                }
                inside.incrementAndGet();
                next.success(this);
            }
            if (closing && inside.get() == 0 && waiting.isEmpty()) {
                emptied.tryEmitEmpty();
            }
            missed = wip.addAndGet(-missed);
        } while (missed != 0);
    }
}
