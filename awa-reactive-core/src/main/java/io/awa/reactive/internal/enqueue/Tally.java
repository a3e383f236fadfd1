package io.awa.reactive.internal.enqueue;

import io.awa.reactive.enqueue.BulkEnqueueException;
import io.awa.reactive.enqueue.BulkResult;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * What a stream of chunks has stored so far. A chunk whose transaction has begun is not cancelled with the stream, as its
 * commit may be on its way: who ends the stream waits for it, so that what is told is what is stored.
 */
final class Tally {

    private final AtomicLong inserted = new AtomicLong();
    private final AtomicLong skipped = new AtomicLong();
    private volatile boolean certain = true;
    private CompletableFuture<Void> inHand = CompletableFuture.completedFuture(null);
    private boolean over;

    /** The chunk, which goes on when its subscriber cancels; nothing, once the stream is over. One at a time. */
    Mono<Void> run(Mono<Void> chunk) {
        return Mono.deferContextual(context -> {
            CompletableFuture<Void> running =
                    begin(() -> chunk.contextWrite(context).toFuture());
            return running == null ? Mono.never() : Mono.fromFuture(running, true);
        });
    }

    /** No chunk begins from now on; completes when none is on its way. */
    Mono<Void> settled() {
        return Mono.defer(() -> Mono.fromFuture(end(), true).onErrorComplete());
    }

    private synchronized @Nullable CompletableFuture<Void> begin(Supplier<CompletableFuture<Void>> chunk) {
        if (over) {
            return null;
        }
        CompletableFuture<Void> running = chunk.get();
        inHand = running;
        return running;
    }

    private synchronized CompletableFuture<Void> end() {
        over = true;
        return inHand;
    }

    void add(BulkResult chunk) {
        inserted.addAndGet(chunk.inserted());
        skipped.addAndGet(chunk.skipped());
    }

    /** Nobody answered a commit. */
    void doubt() {
        certain = false;
    }

    BulkResult result() {
        return new BulkResult(inserted.get(), skipped.get());
    }

    BulkEnqueueException stopped(Throwable cause) {
        return new BulkEnqueueException(inserted.get(), skipped.get(), certain, cause);
    }
}
