package io.awa.reactive.worker;

import io.r2dbc.spi.Connection;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLongArray;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Two readers of a table whose short transactions overlap: each begins one before the other one's ends, so that the table
 * is never without. While a prune waits, the one that comes waits behind it, and the other one ends all the same.
 */
final class ShortReaders implements AutoCloseable {

    private static final Duration TIME = Duration.ofMillis(10);

    private final List<Connection> connections;
    private final AtomicLongArray reads = new AtomicLongArray(2);
    private final List<Throwable> failures = new CopyOnWriteArrayList<>();
    private final Disposable.Composite running = Disposables.composite();
    private volatile boolean mayWait;

    ShortReaders(Rig rig, String table) {
        String sql = "select count(*) from " + rig.schema + "." + table;
        connections = Objects.requireNonNull(Flux.range(0, 2)
                .concatMap(i -> rig.postgres.connections().create())
                .map(Connection.class::cast)
                .collectList()
                .block(Await.LONG));
        for (int i = 0; i < 2; i++) {
            int me = i;
            Connection connection = connections.get(i);
            Mono<Void> read = Mono.defer(() -> Mono.from(connection.beginTransaction())
                    .thenMany(connection.createStatement(sql).execute())
                    .concatMap(result -> result.map((row, meta) -> 1))
                    .then(Mono.defer(() -> {
                        reads.incrementAndGet(me);
                        return theOtherOne(1 - me);
                    }))
                    .then(Mono.delay(TIME))
                    .then(Mono.from(connection.commitTransaction())));
            running.add(
                    Mono.delay(TIME.multipliedBy(i)).thenMany(read.repeat()).subscribe(nothing -> {}, failures::add));
        }
    }

    /** Until it holds the table anew, or, where prunes wait, may wait behind one. */
    private Mono<Void> theOtherOne(int other) {
        long before = reads.get(other);
        long begun = System.nanoTime();
        return Mono.delay(Duration.ofMillis(1))
                .repeat(() -> reads.get(other) == before
                        && !(mayWait
                                && System.nanoTime() - begun
                                        > TIME.multipliedBy(5).toNanos()))
                .then();
    }

    /** From now on somebody may wait for the table: before that, it is held without a gap, however slow a reader is. */
    void mayWait() {
        mayWait = true;
    }

    long reads() {
        return reads.get(0) + reads.get(1);
    }

    List<Throwable> failures() {
        return failures;
    }

    @Override
    public void close() {
        running.dispose();
        connections.forEach(connection -> Mono.from(connection.close()).block(Await.LONG));
    }
}
