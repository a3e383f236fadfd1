package io.awa.reactive.spring;

import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** Spring starts its beans one after the other on the thread that starts the application: that thread alone waits here. */
final class Waiting {

    private Waiting() {}

    /** @throws IllegalStateException if it takes too long, with what was waited for; what failed is thrown as it is */
    static <T> @Nullable T on(Mono<T> work, Duration patience, String what) {
        try {
            return work.toFuture().get(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new IllegalStateException(what + " was not done within " + patience, e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new IllegalStateException(what + " failed", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(what + " was interrupted", e);
        }
    }
}
