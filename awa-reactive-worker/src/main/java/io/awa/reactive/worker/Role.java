package io.awa.reactive.worker;

/** What a process with a worker does. One that only enqueues has no worker: an {@link io.awa.reactive.Awa} is enough. */
public enum Role {
    /** Claims jobs and runs handlers. */
    WORKER,
    /** Looks after the schema: contends for the lead of segments, promotion, rescue, requests, keys and schedules. */
    MAINTENANCE
}
