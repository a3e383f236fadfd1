package io.awa.reactive.worker;

import io.awa.reactive.engine.Claims;
import io.awa.reactive.engine.Engine;
import io.awa.reactive.engine.GroupCommit;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.util.retry.Retry;

/**
 * Fetches bodies that were too large to travel with their claim, for jobs whose turn has come: those that wait at the
 * same time share a statement. Trouble with the database is waited out, so it fails no job.
 */
final class Bodies {

    // At the default limit of 1 MiB a job that is 32 MiB in memory at most.
    private static final int BATCH = 32;
    private static final Retry UNTIL_FETCHED = Retry.backoff(Long.MAX_VALUE, Duration.ofMillis(50))
            .maxBackoff(Duration.ofSeconds(2))
            .jitter(0.5)
            .filter(Engine::isTransient)
            .transientErrors(true);

    private final Claims claims;
    private final GroupCommit<Wanted> gather;

    Bodies(Claims claims, Scheduler timer) {
        this.claims = claims;
        this.gather = new GroupCommit<>(GroupCommit.Options.of(BATCH, Duration.ZERO), timer, this::flush);
    }

    /**
     * Asks for a body.
     *
     * @param found  gets the arguments as JSON, on the driver's event loop
     * @param failed gets why there are none
     */
    void fetch(Member job, Consumer<String> found, Consumer<Throwable> failed) {
        gather.offer(new Wanted(job, found, failed));
    }

    private Mono<Void> flush(List<Wanted> batch) {
        Map<Long, List<Wanted>> bySegment = batch.stream()
                .collect(Collectors.groupingBy(wanted -> wanted.job.claim().segment()));
        return Flux.fromIterable(bySegment.entrySet())
                .concatMap(entry -> fetch(entry.getKey(), entry.getValue()))
                .then();
    }

    private Mono<Void> fetch(long segment, List<Wanted> batch) {
        return claims.bodies(segment, batch.stream().map(Wanted::position).toList())
                .retryWhen(UNTIL_FETCHED)
                .doOnNext(bodies -> batch.forEach(wanted -> wanted.deliver(bodies.get(wanted.position()))))
                .then()
                .onErrorResume(error -> {
                    batch.forEach(wanted -> wanted.failed.accept(error));
                    return Mono.empty();
                });
    }

    private record Wanted(Member job, Consumer<String> found, Consumer<Throwable> failed) {

        long position() {
            return job.claim().position(job.ordinal());
        }

        void deliver(@Nullable String body) {
            if (body == null) {
                failed.accept(new IllegalStateException("the body is gone: the job has ended elsewhere"));
            } else {
                found.accept(body);
            }
        }
    }
}
