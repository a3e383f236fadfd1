package io.awa.reactive.worker;

import io.awa.reactive.engine.Ending;
import io.awa.reactive.engine.Engine;
import io.awa.reactive.engine.HeldAttempts;
import io.awa.reactive.engine.HeldEnd;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

/**
 * Callbacks that attempts of this process wait for. That one has come is told by a notification, which may be lost; once
 * a second the parked leases are looked up, all in one statement, and that is the truth.
 */
final class Waits {

    private static final Logger LOG = LoggerFactory.getLogger(Waits.class);
    private static final Retry UNTIL_DECIDED = Retry.backoff(Long.MAX_VALUE, Duration.ofMillis(20))
            .maxBackoff(Duration.ofSeconds(2))
            .jitter(0.5)
            .filter(Engine::isTransient)
            .transientErrors(true);

    private final HeldAttempts held;
    private final Nonces nonces;
    private final Set<Attempt> parked = ConcurrentHashMap.newKeySet();
    private final Set<Long> left = ConcurrentHashMap.newKeySet();
    private final AtomicInteger asked = new AtomicInteger();
    private final AtomicBoolean checking = new AtomicBoolean();

    Waits(HeldAttempts held, Nonces nonces) {
        this.held = held;
        this.nonces = nonces;
    }

    /** A token for a held attempt; empty where the attempt is over. */
    Mono<UUID> register(long lease) {
        return Mono.defer(() -> {
            long closer = nonces.next();
            return held.register(lease, closer).retryWhen(UNTIL_DECIDED);
        });
    }

    void add(Attempt attempt) {
        parked.add(attempt);
    }

    void remove(Attempt attempt) {
        parked.remove(attempt);
    }

    /** Its handler is disposed, and the wait goes on without it. */
    void leave(Attempt attempt) {
        parked.remove(attempt);
        left.add(attempt.holding.number());
    }

    /**
     * Gives back those that were left, and resumed as if their handlers still waited: they stand for this process as
     * running, and nobody runs them. What the callback brought goes with the job.
     */
    Mono<Void> giveBack() {
        return Mono.defer(() -> {
            if (left.isEmpty()) {
                return Mono.empty();
            }
            long closer = nonces.next();
            return held.standing(left)
                    .flatMap(standing -> held.settle(
                            closer,
                            standing.entrySet().stream()
                                    .filter(one -> one.getValue().live()
                                            && !one.getValue().parked())
                                    .map(one -> new HeldEnd(one.getKey(), Ending.SNOOZED, Duration.ZERO, null, null))
                                    .toList()))
                    .retryWhen(UNTIL_DECIDED)
                    .then();
        });
    }

    /** Looks after those that are parked; asked for meanwhile, it looks once more. */
    void look() {
        if (!parked.isEmpty() && asked.getAndIncrement() == 0) {
            again();
        }
    }

    /** Held attempts that run: whoever was ended elsewhere is disposed, though the word of it was lost. */
    void check(List<Attempt> running) {
        if (running.isEmpty() || !checking.compareAndSet(false, true)) {
            return;
        }
        var unused = held.standing(running.stream()
                        .map(attempt -> attempt.holding.number())
                        .toList())
                .doOnNext(standing -> running.stream()
                        .filter(attempt -> !standing.getOrDefault(attempt.holding.number(), HeldAttempts.Standing.ENDED)
                                .live())
                        .forEach(Attempt::endedElsewhere))
                .then()
                .onErrorComplete(error -> {
                    LOG.debug("Held attempts could not be looked up", error);
                    return true;
                })
                .doOnTerminate(() -> checking.set(false))
                .toFuture();
    }

    private static void tell(Attempt attempt, Map<Long, HeldAttempts.Standing> standing) {
        Parking parking = attempt.parking();
        if (parking != null) {
            parking.stands(standing.getOrDefault(attempt.holding.number(), HeldAttempts.Standing.ENDED));
        }
    }

    private void again() {
        int seen = asked.get();
        List<Attempt> all = List.copyOf(parked);
        var unused = held.standing(
                        all.stream().map(attempt -> attempt.holding.number()).toList())
                .doOnNext(standing -> all.forEach(attempt -> tell(attempt, standing)))
                .then()
                .onErrorComplete(error -> {
                    LOG.debug("Parked attempts could not be looked up", error);
                    return true;
                })
                .doOnTerminate(() -> {
                    if (asked.addAndGet(-seen) != 0) {
                        again();
                    }
                })
                .toFuture();
    }
}
