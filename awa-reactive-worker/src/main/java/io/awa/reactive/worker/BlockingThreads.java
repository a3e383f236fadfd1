package io.awa.reactive.worker;

import java.lang.reflect.Method;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The threads of blocking handlers, made when the first one is needed. A handler is started only when it has a slot, and
 * keeps it until its thread comes back, so there are never more threads at work than slots.
 */
final class BlockingThreads {

    private static final Logger LOG = LoggerFactory.getLogger(BlockingThreads.class);
    private static final Duration IDLE = Duration.ofSeconds(10);
    private static final String PREFIX = "awa-blocking-";

    /** The first JDK where a virtual thread that blocks in a synchronized block does not block its carrier. */
    private static final int UNPINNED = 24;

    private final AtomicInteger inside = new AtomicInteger();
    private final Executor executor;
    private final Runnable shutdown;

    private BlockingThreads(Executor executor, Runnable shutdown) {
        this.executor = executor;
        this.shutdown = shutdown;
    }

    private static BlockingThreads create() {
        // Not that of the thread which happens to start one: libraries look for their classes there.
        ClassLoader loader = Thread.currentThread().getContextClassLoader();
        ThreadFactory virtual = Runtime.version().feature() >= UNPINNED ? virtualThreads() : null;
        if (virtual != null) {
            return new BlockingThreads(
                    task -> {
                        Thread thread = virtual.newThread(task);
                        thread.setContextClassLoader(loader);
                        thread.start();
                    },
                    () -> {});
        }
        AtomicInteger number = new AtomicInteger();
        ThreadPoolExecutor pool = new ThreadPoolExecutor(
                0, Integer.MAX_VALUE, IDLE.toMillis(), TimeUnit.MILLISECONDS, new SynchronousQueue<>(), task -> {
                    Thread thread = new Thread(task, PREFIX + number.getAndIncrement());
                    thread.setDaemon(true);
                    thread.setContextClassLoader(loader);
                    return thread;
                });
        return new BlockingThreads(pool, pool::shutdown);
    }

    /** Others' threads, which they end themselves; null: threads of its own. */
    static BlockingThreads of(@Nullable Executor executor) {
        return executor == null ? create() : new BlockingThreads(executor, () -> {});
    }

    /** The handler, called on one of these threads when it is subscribed. */
    <T> BlockingCall<T> call(BlockingJobHandler<T> handler, ActiveJob<T> job, JobInterceptor around) {
        return new BlockingCall<>(handler, job, around, executor, inside);
    }

    /** Handlers that have not come back. */
    int inside() {
        return inside.get();
    }

    /** Takes no more; what runs goes on. */
    void shutdown() {
        shutdown.run();
    }

    // By reflection: this is compiled for 17.
    private static @Nullable ThreadFactory virtualThreads() {
        try {
            Object builder = Thread.class.getMethod("ofVirtual").invoke(null);
            Class<?> type = Class.forName("java.lang.Thread$Builder");
            builder = type.getMethod("name", String.class, long.class).invoke(builder, PREFIX, 0L);
            Method factory = type.getMethod("factory");
            return (ThreadFactory) factory.invoke(builder);
        } catch (ReflectiveOperationException | RuntimeException e) {
            LOG.debug("No virtual threads here", e);
            return null;
        }
    }
}
