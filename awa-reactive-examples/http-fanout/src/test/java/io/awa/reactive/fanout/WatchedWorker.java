package io.awa.reactive.fanout;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import reactor.blockhound.BlockHound;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** The worker process with BlockHound on: each blocking call on a thread that must not block is counted, and said. */
public final class WatchedWorker {

    private WatchedWorker() {}

    /** Proves that it watches, then works. */
    public static void main(String[] args) throws IOException {
        AtomicInteger seen = new AtomicInteger();
        BlockHound.builder()
                .loadIntegrations()
                .blockingMethodCallback(method -> {
                    seen.incrementAndGet();
                    new IllegalStateException(method.toString()).printStackTrace();
                })
                .install();
        System.err.println("that BlockHound watches is tried:");
        Scheduler tried = Schedulers.newSingle("tried");
        Mono.fromRunnable(WatchedWorker::sleeps).subscribeOn(tried).block(Duration.ofSeconds(10));
        tried.dispose();
        if (seen.getAndSet(0) == 0) {
            throw new IllegalStateException("BlockHound does not watch");
        }
        FanoutWorker.run(seen::get);
    }

    // Blocks on purpose, on a thread that must not: a run in which nothing is seen means something only if this is
    // seen.
    private static void sleeps() {
        try {
            Thread.sleep(1);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
