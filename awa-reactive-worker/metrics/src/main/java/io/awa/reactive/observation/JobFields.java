package io.awa.reactive.observation;

import io.awa.reactive.worker.ActiveJob;

/**
 * What log lines say of the job at hand.
 *
 * @param id      the job's id
 * @param queue   its queue
 * @param kind    its kind
 * @param attempt the attempt, from 1
 */
public record JobFields(String id, String queue, String kind, int attempt) {

    /** Of a job in hand. */
    public static JobFields of(ActiveJob<?> job) {
        return new JobFields(job.id().toString(), job.queue(), job.kind(), job.attempt());
    }
}
