package io.awa.reactive.worker;

import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinWorkerThread;
import reactor.core.scheduler.NonBlocking;

/** Runs handlers. Marked so that Reactor and BlockHound refuse to block it. */
final class HandlerThread extends ForkJoinWorkerThread implements NonBlocking {

    HandlerThread(ForkJoinPool pool) {
        super(pool);
        setName("awa-handler-" + getPoolIndex());
        setDaemon(true);
    }
}
