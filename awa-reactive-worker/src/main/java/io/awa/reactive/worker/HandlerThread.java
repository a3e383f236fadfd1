package io.awa.reactive.worker;

import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinWorkerThread;
import java.util.concurrent.atomic.AtomicInteger;
import reactor.core.scheduler.NonBlocking;

/** Runs handlers. Marked so that Reactor and BlockHound refuse to block it. */
final class HandlerThread extends ForkJoinWorkerThread implements NonBlocking {

    private HandlerThread(ForkJoinPool pool, int number) {
        super(pool);
        setName("awa-handler-" + number);
        setDaemon(true);
    }

    /** Makes the threads of one pool. A thread has no index in its pool before it runs, so they are counted here. */
    static ForkJoinPool.ForkJoinWorkerThreadFactory factory() {
        AtomicInteger made = new AtomicInteger();
        return pool -> new HandlerThread(pool, made.getAndIncrement());
    }
}
