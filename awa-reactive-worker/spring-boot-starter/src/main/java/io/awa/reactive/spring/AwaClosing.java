package io.awa.reactive.spring;

import io.awa.reactive.Awa;
import java.time.Duration;
import org.springframework.beans.factory.DisposableBean;

/** Stores what was offered and closes the queue's connections, before the connection factory it depends on is gone. */
final class AwaClosing implements DisposableBean {

    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final Awa awa;

    AwaClosing(Awa awa) {
        this.awa = awa;
    }

    @Override
    public void destroy() {
        Waiting.on(awa.close(), PATIENCE, "closing the queue");
    }
}
