package io.awa.reactive.worker;

import io.awa.reactive.engine.Claim;
import io.awa.reactive.engine.Closures;
import io.awa.reactive.engine.Engine;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

/** Gives unstarted jobs back: place and attempt are kept. */
final class Releases {

    private static final Retry PATIENCE = Retry.backoff(20, Duration.ofMillis(50))
            .maxBackoff(Duration.ofSeconds(2))
            .jitter(0.5)
            .filter(Engine::isTransient);

    private final Closures closures;
    private final Nonces nonces;
    private final LiveClaims live;

    Releases(Closures closures, Nonces nonces, LiveClaims live) {
        this.closures = closures;
        this.nonces = nonces;
        this.live = live;
    }

    /** Answers how many went back. A lost answer is asked for again under the same nonce. */
    Mono<Integer> release(Collection<Member> jobs) {
        if (jobs.isEmpty()) {
            return Mono.just(0);
        }
        Map<Claim, BitSet> byClaim = new IdentityHashMap<>();
        jobs.forEach(job -> byClaim.computeIfAbsent(job.claim(), claim -> new BitSet(claim.size()))
                .set(job.ordinal()));
        List<Claim> claims = new ArrayList<>();
        List<IntPredicate> ordinals = new ArrayList<>();
        byClaim.forEach((claim, members) -> {
            claims.add(claim);
            ordinals.add(members::get);
        });
        long closer = nonces.next();
        // Back, or left to rescue. After a cancellation it is not known; then the process is about to end.
        return closures.release(closer, claims, ordinals)
                .retryWhen(PATIENCE)
                .doOnTerminate(() -> jobs.forEach(job -> live.decided(job.claim())));
    }
}
