package io.awa.reactive.engine;

/**
 * What a step of maintenance did, or why it did nothing. Each step has a sealed type of its own; the names of their records
 * ({@code Pruned}, {@code Blocked}, {@code SkippedActive} and so on) are stable and few.
 */
public interface MaintenanceOutcome {}
