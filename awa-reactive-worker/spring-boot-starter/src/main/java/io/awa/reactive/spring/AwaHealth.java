package io.awa.reactive.spring;

import io.awa.reactive.worker.WorkerHealth;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.ReactiveHealthIndicator;
import org.springframework.boot.health.contributor.Status;
import reactor.core.publisher.Mono;

/**
 * {@code awa} in the application's health: up while the worker takes jobs and writes their ends, out of service while it
 * drains, unknown where the application only enqueues.
 */
final class AwaHealth implements ReactiveHealthIndicator {

    private final AwaEndpoint.Workers workers;

    AwaHealth(AwaEndpoint.Workers workers) {
        this.workers = workers;
    }

    @Override
    public Mono<Health> health() {
        return Mono.defer(() -> workers.running()
                .map(worker -> worker.health().map(AwaHealth::told))
                .orElseGet(() -> Mono.just(Health.unknown()
                        .withDetail("worker", "none at work here")
                        .build())));
    }

    private static Health told(WorkerHealth health) {
        Status status = health.draining() ? Status.OUT_OF_SERVICE : health.isReady() ? Status.UP : Status.DOWN;
        Health.Builder told = Health.status(status).withDetail("queues", health.queues());
        WorkerHealth.Lead lead = health.lead();
        if (lead != null) {
            told.withDetail("leader", lead);
        }
        if (!health.problems().isEmpty()) {
            told.withDetail("problems", health.problems());
        }
        return told.build();
    }
}
