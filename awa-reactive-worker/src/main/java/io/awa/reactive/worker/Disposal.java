package io.awa.reactive.worker;

import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;

/**
 * Cancels handlers on their own threads: who decides about attempts is a timer or the driver's event loop, and one handler
 * that hangs or throws in its cancel must not hold up the deadlines and cancels of all others.
 */
final class Disposal {

    private static final Logger LOG = LoggerFactory.getLogger(Disposal.class);

    private Disposal() {}

    /** @param work what is disposed; null: nothing yet */
    static void of(Disposable handler, Handlers.@Nullable Work<?> work, Executor threads) {
        if (work == null || work.call() != null) {
            // No code of an application runs in this, and a call that has not begun must not begin any more.
            handler.dispose();
            return;
        }
        try {
            threads.execute(() -> {
                try {
                    handler.dispose();
                } catch (Throwable e) {
                    LOG.warn("A handler failed when it was cancelled", e);
                }
            });
        } catch (RejectedExecutionException e) {
            LOG.debug("A handler is left alone after its worker's end", e);
        }
    }
}
