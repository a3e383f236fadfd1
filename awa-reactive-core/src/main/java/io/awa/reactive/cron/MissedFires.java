package io.awa.reactive.cron;

/** What becomes of fire times that passed while nobody evaluated the schedule. A paused schedule's are always skipped. */
public enum MissedFires {
    /** One job, for the latest of them. The default. */
    COALESCE,
    /**
     * A job for each, oldest first: up to {@value Schedules#CATCH_UP_LIMIT} with one tick, the rest with the next ones.
     * Fewer with one tick where their arguments together exceed {@value Schedules#CATCH_UP_BYTES} bytes.
     */
    CATCH_UP
}
