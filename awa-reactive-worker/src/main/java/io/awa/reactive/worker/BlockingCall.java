package io.awa.reactive.worker;

import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/**
 * One call of a blocking handler. Disposing it interrupts the thread, once and only while the handler is inside: a thread
 * that goes on to another task does not take the interrupt with it.
 */
final class BlockingCall<T> implements Runnable {

    private final BlockingJobHandler<T> handler;
    private final ActiveJob<T> job;
    private final JobInterceptor around;
    private final Executor executor;
    private final AtomicInteger inside;
    private @Nullable MonoSink<Outcome> sink;
    // Guarded by this.
    private @Nullable Thread thread;
    private @Nullable Runnable onReturn;
    private boolean started;
    private boolean cancelled;
    private boolean returned;

    BlockingCall(
            BlockingJobHandler<T> handler,
            ActiveJob<T> job,
            JobInterceptor around,
            Executor executor,
            AtomicInteger inside) {
        this.handler = handler;
        this.job = job;
        this.around = around;
        this.executor = executor;
        this.inside = inside;
    }

    /** Its outcome, on the handler's thread. Subscribed once. */
    Mono<Outcome> outcome() {
        return Mono.create(created -> {
            sink = created;
            created.onDispose(this::cancel);
            try {
                executor.execute(this);
            } catch (RejectedExecutionException e) {
                created.error(e);
            }
        });
    }

    /** Where the handler is inside, this is done when it comes back, and the answer is true. */
    synchronized boolean onReturn(Runnable listener) {
        if (!started || returned) {
            return false;
        }
        onReturn = listener;
        return true;
    }

    @Override
    public void run() {
        if (!enter()) {
            return;
        }
        MonoSink<Outcome> to = Objects.requireNonNull(sink);
        Outcome outcome = null;
        Throwable error = null;
        try (JobInterceptor.Scope open = around.enter(to.contextView())) {
            outcome = handler.handle(job);
        } catch (Throwable e) {
            error = e;
        }
        Runnable listener = leave();
        // The signal after the interrupt was cleared: what follows it runs on this thread.
        if (error != null) {
            if (!isCancelled()) {
                to.error(error);
            }
        } else {
            to.success(outcome);
        }
        if (listener != null) {
            listener.run();
        }
        if (error instanceof VirtualMachineError fatal && !(error instanceof StackOverflowError)) {
            throw fatal;
        }
    }

    private synchronized boolean enter() {
        if (cancelled) {
            return false;
        }
        started = true;
        thread = Thread.currentThread();
        inside.incrementAndGet();
        return true;
    }

    private synchronized @Nullable Runnable leave() {
        returned = true;
        thread = null;
        inside.decrementAndGet();
        // An interrupt that came too late, or was not noticed, ends here.
        Thread.interrupted();
        return onReturn;
    }

    private synchronized boolean isCancelled() {
        return cancelled;
    }

    private synchronized void cancel() {
        cancelled = true;
        Thread in = thread;
        if (in != null && in != Thread.currentThread()) {
            in.interrupt();
        }
    }
}
