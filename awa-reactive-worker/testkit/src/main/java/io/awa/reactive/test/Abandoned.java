package io.awa.reactive.test;

import io.awa.reactive.Awa;
import io.awa.reactive.engine.ClaimResult;
import io.awa.reactive.engine.Claims;
import io.awa.reactive.engine.Engine;
import io.awa.reactive.engine.Workers;
import io.awa.reactive.job.JobId;
import java.util.Objects;
import reactor.core.publisher.Mono;

/** Processes that claim and are heard of no more. */
final class Abandoned {

    private Abandoned() {}

    /** A process that is registered and holds nothing. */
    static Mono<Integer> register(Awa awa) {
        return Mono.using(
                () -> awa.engine().workers(),
                workers -> workers.register("test"),
                workers -> workers.close().subscribe());
    }

    static JobId one(Awa awa, String queue) {
        Engine engine = awa.engine();
        Workers workers = engine.workers();
        Claims claims = engine.claims("abandoned");
        try {
            ClaimResult answer = Await.orNull(Mono.zip(workers.register("abandoned"), engine.queue(queue))
                    .flatMap(found -> claims.claim(found.getT2(), 1, found.getT1(), (long) found.getT1() << 32)
                            .repeat(10)
                            .filter(result ->
                                    !(result instanceof ClaimResult.Again || result instanceof ClaimResult.Busy))
                            .next()));
            if (answer instanceof ClaimResult.Claimed claimed) {
                return new JobId(claimed.claim().id(0));
            }
            throw new IllegalStateException(
                    "no job to abandon in the queue " + queue + ": " + Objects.toString(answer));
        } finally {
            Await.end(workers.close().then(claims.close()));
        }
    }
}
