package io.awa.reactive.worker.maintenance;

/** The loops of maintenance. All run in the process that leads. */
public enum Loop {
    /** The contest for the lead; the one loop that runs in every process that maintains. */
    LEAD,
    /** Segments are rotated, sealed, finished, pruned. */
    SEGMENTS,
    /** So are stores, and what is left in old ones is carried on. */
    STORE,
    /** Due jobs are promoted. */
    PROMOTION,
    /** Attempts of dead processes are ended. */
    RESCUE,
    /** Schedules fire. */
    CRON,
    /** Requests are applied. */
    REQUESTS,
    /** Jobs that wait for their concurrency key are looked through. */
    KEYS,
    /** Who holds the database's horizon back is looked up. */
    HORIZON
}
