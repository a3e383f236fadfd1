package io.awa.reactive.worker;

import io.awa.reactive.engine.Engine;
import io.awa.reactive.engine.KeyPlaces;
import io.awa.reactive.engine.Settlement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/**
 * Concurrency keys of which a place may be free, because an attempt of theirs has ended here: gathered while a statement is
 * under way, and given to those that wait by the next one. Says nothing about what is free: the database looks. What is
 * lost here is found by the leader's pass over all keys.
 *
 * <p>Its connection is opened by the first key, so a process without such jobs has none.
 */
final class KeyDesk {

    private static final Logger LOG = LoggerFactory.getLogger(KeyDesk.class);
    private static final Duration BUSY = Duration.ofMillis(20);
    private static final Duration TROUBLE = Duration.ofMillis(500);
    private static final Duration PATIENCE = Duration.ofSeconds(2);
    private static final Duration GATHER = Duration.ofMillis(2);
    private static final Duration GATHER_MANY = Duration.ofMillis(10);
    private static final int MANY = 8;

    private final Engine engine;
    private final KeyPlaces places;
    private final LongSupplier nonces;
    private final Consumer<String> wake;
    private final Scheduler timer;
    private final Set<String> waiting = ConcurrentHashMap.newKeySet();
    private final AtomicInteger wip = new AtomicInteger();
    private volatile CompletableFuture<?> rounds = CompletableFuture.completedFuture(null);
    private volatile boolean idle;
    private volatile boolean closed;

    /** @param wake told of queues that got jobs */
    KeyDesk(Engine engine, String name, LongSupplier nonces, Consumer<String> wake, Scheduler timer) {
        this.engine = engine;
        this.places = engine.keyPlaces(name);
        this.nonces = nonces;
        this.wake = wake;
        this.timer = timer;
    }

    /** An attempt is over, whoever has ended it. */
    void ended(Ended ended) {
        Settlement settlement = ended.settlement();
        if (ended.job() != null) {
            ended(ended.job().extras().orElse(null));
        } else if (settlement != null) {
            ended(settlement.claim().extras(settlement.ordinal()));
        }
    }

    /** @param extras of its job; few have a key, so the text is looked through before it is read */
    void ended(@Nullable String extras) {
        if (extras != null && extras.contains("\"concurrency_key\"")) {
            String key = key(extras);
            if (key != null) {
                offer(List.of(key));
            }
        }
    }

    // The end is written by now: an error here would look like the database's.
    private @Nullable String key(String extras) {
        try {
            return engine.extras(extras).concurrencyKey();
        } catch (RuntimeException e) {
            LOG.warn("A concurrency key cannot be read; its place is left to the leader", e);
            return null;
        }
    }

    /** Somebody may go on under these keys. */
    void offer(Collection<String> keys) {
        waiting.addAll(keys);
        if (wip.getAndIncrement() == 0) {
            rounds = Mono.defer(this::round)
                    .repeat()
                    .takeUntil(through -> through)
                    .then()
                    .toFuture();
        }
    }

    /** Whether nothing is under way. */
    boolean isQuiet() {
        return wip.get() == 0;
    }

    /** Gives what is free by now, for a moment at most, and closes the connection. */
    Mono<Void> close() {
        return Mono.defer(() -> {
            closed = true;
            return Mono.fromFuture(rounds, true)
                    .timeout(PATIENCE)
                    .onErrorComplete()
                    .then(places.close());
        });
    }

    // Where nobody waited the last time, the next call is for more keys: it costs the same, and meets claims, which
    // want the same locks. Where attempts end by the thousand, for many more.
    private Mono<Boolean> round() {
        int many = waiting.size();
        return idle && !closed && many < KeyPlaces.KEYS
                ? Mono.delay(many < MANY ? GATHER : GATHER_MANY, timer).then(Mono.defer(this::grant))
                : grant();
    }

    // Whether nothing came meanwhile.
    private Mono<Boolean> grant() {
        int seen = wip.get();
        List<String> keys = take();
        return keys.isEmpty()
                ? Mono.just(wip.addAndGet(-seen) == 0)
                : places.grant(keys, nonces.getAsLong())
                        .doOnNext(granted -> {
                            granted.queues().forEach(wake);
                            idle = granted.count() == 0 && !granted.busy();
                            if (granted.busy()) {
                                later(keys, BUSY);
                            }
                        })
                        .onErrorResume(error -> {
                            failed(keys, error);
                            return Mono.empty();
                        })
                        .thenReturn(false);
    }

    private List<String> take() {
        List<String> keys = new ArrayList<>();
        int most = idle ? KeyPlaces.KEYS : KeyPlaces.KEYS_WAITED;
        for (Iterator<String> each = waiting.iterator(); each.hasNext() && keys.size() < most; ) {
            keys.add(each.next());
            each.remove();
        }
        return keys;
    }

    private void failed(List<String> keys, Throwable error) {
        idle = false;
        if (closed) {
            return;
        }
        if (Engine.isTransient(error)) {
            LOG.debug("Places of {} concurrency keys are tried again", keys.size(), error);
            later(keys, TROUBLE);
        } else {
            LOG.warn("Places of {} concurrency keys are left to the leader", keys.size(), error);
        }
    }

    private void later(List<String> keys, Duration pause) {
        if (closed) {
            return;
        }
        try {
            timer.schedule(() -> offer(keys), pause.toMillis(), TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            LOG.debug("The timer is gone", e);
        }
    }
}
