package io.awa.reactive.engine;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import reactor.core.Disposable;

/** Tells the workers of this process at once what the database would tell them a moment later. */
public final class LocalWakes {

    private final List<Consumer<String>> listeners = new CopyOnWriteArrayList<>();

    /** Listens until disposed. */
    public Disposable listen(Consumer<String> listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    /** A queue got jobs. */
    public void wake(String queue) {
        listeners.forEach(listener -> listener.accept(queue));
    }
}
