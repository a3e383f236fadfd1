package io.awa.reactive.engine;

import io.awa.reactive.internal.SchemaSql;
import io.awa.reactive.internal.pg.Listening;
import io.r2dbc.spi.ConnectionFactory;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.IntPredicate;
import reactor.core.publisher.BufferOverflowStrategy;
import reactor.core.publisher.Flux;
import reactor.util.retry.Retry;

/**
 * What processes tell each other by NOTIFY: hints, possibly lost, never the truth. All subscribers share one connection, which
 * is opened by the first of them and reconnects for ever. Arrives on the driver's event loop; what this process says itself
 * arrives on the thread that says it.
 */
public final class Channel {

    private static final int HEARD = 1024;

    private final LocalWakes words = new LocalWakes();
    private final Consumer<String> say;
    private final Flux<String> heard;

    /**
     * Used by {@link io.awa.reactive.Awa}.
     *
     * @param connections looked through where it is a pool
     * @param name        starts the connection's application_name
     * @param told        the server's processes that notify of nothing but what this process knows
     * @param say         sends a payload to all who listen, now or never
     */
    public Channel(
            ConnectionFactory connections, SchemaSql schema, String name, IntPredicate told, Consumer<String> say) {
        this.say = say;
        // Whoever comes later than the connection has missed what was sent before, and looks at everything too.
        this.heard = Listening.payloads(
                        connections, name + " listen", schema.in("SELECT {awa}.channel() AS answer"), told)
                .publish()
                .refCount(1)
                .startWith("")
                .onBackpressureBuffer(HEARD, BufferOverflowStrategy.DROP_OLDEST)
                // Who comes while the last one leaves is told that the connection goes, and opens another one.
                .retryWhen(Retry.indefinitely().filter(CancellationException.class::isInstance));
    }

    /** The names of queues that got jobs, from other processes. An empty name means: look at every queue. */
    public Flux<String> notifications() {
        return heard.filter(payload -> payload.isEmpty() || payload.charAt(0) != Control.MARK);
    }

    /** What processes say about attempts and requests. After each connect comes {@link Control.Requests}. */
    public Flux<Control> controls() {
        return Flux.merge(heard, Flux.<String>create(sink -> sink.onDispose(words.listen(sink::next))))
                .mapNotNull(payload -> Control.parse(payload).orElse(null));
    }

    /** Tells observers in all processes that jobs they watch have gone on. Returns at once. */
    public void stirred(Collection<Long> jobs) {
        say(jobs, part -> new Control.Stirred(part).payload());
    }

    /** Tells workers in all processes that jobs are watched. Returns at once. */
    public void watched(Collection<Long> jobs) {
        say(jobs, part -> new Control.Watched(part).payload());
    }

    /** Asks observers in all processes to say once more which jobs they watch. Returns at once. */
    public void whoWatches() {
        say(new Control.WhoWatches().payload());
    }

    // What this process says by NOTIFY it does not hear by LISTEN.
    private void say(String payload) {
        words.wake(payload);
        say.accept(payload);
    }

    private void say(Collection<Long> jobs, Function<List<Long>, String> payload) {
        List<Long> all = List.copyOf(jobs);
        for (int i = 0; i < all.size(); i += Control.MOST_JOBS) {
            say(payload.apply(all.subList(i, Math.min(all.size(), i + Control.MOST_JOBS))));
        }
    }
}
