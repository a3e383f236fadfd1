package io.awa.reactive.shop;

import io.awa.reactive.job.JobType;
import io.awa.reactive.spring.JobHandler;
import io.awa.reactive.worker.ActiveJob;
import io.awa.reactive.worker.Outcome;
import java.time.Duration;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Packs the things of an order one by one and says how far it is; another attempt goes on where the last one stopped. */
@Component
class Fulfilment {

    record FulfilOrder(long order, int items) {}

    static final JobType<FulfilOrder> FULFIL =
            JobType.of("fulfil_order", FulfilOrder.class).queue("orders").maxAttempts(5);

    private static final Duration PACKING = Duration.ofMillis(250);

    private final DatabaseClient database;

    Fulfilment(DatabaseClient database) {
        this.database = database;
    }

    @JobHandler(value = "fulfil_order", queue = "orders", workers = 32)
    Mono<Outcome> fulfil(ActiveJob<FulfilOrder> job) {
        FulfilOrder task = job.args();
        int packed = job.lastProgress()
                .flatMap(progress -> progress.checkpoint())
                .map(place -> place.asInt())
                .orElse(0);
        return Flux.range(packed + 1, task.items() - packed)
                .delayElements(PACKING)
                .concatMap(item -> packed(job, item))
                .then(shipped(task.order()))
                .thenReturn(Outcome.done());
    }

    private static Mono<Void> packed(ActiveJob<FulfilOrder> job, int item) {
        job.progress(
                100 * item / job.args().items(),
                "packed " + item + " of " + job.args().items());
        job.checkpoint(item);
        return job.flushProgress();
    }

    private Mono<Void> shipped(long order) {
        return database.sql("update orders set shipped_at = now() where id = :id and shipped_at is null")
                .bind("id", order)
                .then();
    }
}
