package io.awa.reactive.benchmarks;

import io.awa.reactive.engine.Claim;
import io.awa.reactive.engine.ClaimResult;
import io.awa.reactive.engine.Claims;
import io.awa.reactive.engine.Closures;
import io.awa.reactive.engine.Detail;
import io.awa.reactive.engine.Ending;
import io.awa.reactive.engine.Engine;
import io.awa.reactive.engine.Settlement;
import io.awa.reactive.engine.Workers;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** Claims and ends jobs one call at a time, through the engine, without a worker's runtime around it. */
final class Hands implements AutoCloseable {

    private static final Duration LATER = Duration.ofDays(1);

    private final Claims claims;
    private final Closures closures;
    private final Workers workers;
    private final int queue;
    private final int worker;
    private int calls;

    Hands(Stage stage) {
        Engine engine = stage.awa().engine();
        claims = engine.claims("bench");
        closures = engine.closures("bench");
        workers = engine.workers();
        queue = Objects.requireNonNull(engine.queue(Payload.TYPE.queue()).block());
        // Lanes come with the first job; a claim before it finds no lane at all.
        worker = Objects.requireNonNull(workers.register("bench").block());
    }

    int queue() {
        return queue;
    }

    int worker() {
        return worker;
    }

    /** Never used before: the worker's number is not, and its calls are counted. */
    long nonce() {
        return ((long) worker << 32) | ++calls;
    }

    /** What there is, up to the limit; null where there is nothing. */
    @Nullable
    Claim claim(int limit) {
        while (true) {
            ClaimResult result = Objects.requireNonNull(
                    claims.claim(queue, limit, worker, nonce()).block());
            if (result instanceof ClaimResult.Claimed claimed) {
                return claimed.claim();
            } else if (result instanceof ClaimResult.Empty) {
                return null;
            }
        }
    }

    /** Completes all of them in one call. */
    void complete(Claim claim) {
        List<Settlement> all = IntStream.range(0, claim.size())
                .mapToObj(i -> Settlement.completed(claim, i))
                .toList();
        boolean[] accepted = Objects.requireNonNull(closures.close(nonce(), all).block());
        for (boolean one : accepted) {
            if (!one) {
                throw new IllegalStateException("an end was refused: " + claim);
            }
        }
    }

    /** Ends the first job of a claim otherwise than completed. */
    void end(Claim claim, Ending ending, @Nullable Detail detail, @Nullable Long lease) {
        Settlement settlement = new Settlement(claim, 0, ending, ending == Ending.HELD ? null : LATER, lease, detail);
        if (!Objects.requireNonNull(closures.close(nonce(), List.of(settlement)).block())[0]) {
            throw new IllegalStateException("an end was refused: " + claim);
        }
    }

    void beat() {
        if (!Objects.requireNonNull(workers.beat(worker, List.of()).block())) {
            throw new IllegalStateException("the worker is stopped");
        }
    }

    @Override
    public void close() {
        Mono.when(claims.close(), closures.close(), workers.close()).block();
    }
}
