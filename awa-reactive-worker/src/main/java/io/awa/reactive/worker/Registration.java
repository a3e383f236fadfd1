package io.awa.reactive.worker;

import io.awa.reactive.engine.Workers;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * The process's row among the workers, until a worker runs that stops it with its drain. A start that comes to nothing gives
 * it up: a row that stood open would be a dead process to all others. As a statement is not cancelled with its subscriber,
 * a registration that was sent is waited for, and stopped.
 */
final class Registration {

    private final Workers workers;
    private @Nullable Mono<Integer> sent;
    private boolean givenUp;

    Registration(Workers workers) {
        this.workers = workers;
    }

    Workers workers() {
        return workers;
    }

    /** The process's number; never answers once it is given up. */
    Mono<Integer> register(String name) {
        return Mono.defer(() -> send(name));
    }

    private synchronized Mono<Integer> send(String name) {
        if (givenUp) {
            return Mono.never();
        }
        Mono<Integer> fresh = Mono.fromFuture(workers.register(name).toFuture(), true);
        sent = fresh;
        return fresh;
    }

    /** Takes the row back, if there is one, and closes the connection; does not fail. Cancelling stops nothing. */
    Mono<Void> giveUp() {
        return Mono.defer(() -> Mono.fromFuture(
                sent().flatMap(workers::stop)
                        .onErrorComplete()
                        .then(workers.close())
                        .toFuture(),
                true));
    }

    private synchronized Mono<Integer> sent() {
        givenUp = true;
        return sent == null ? Mono.empty() : sent;
    }
}
