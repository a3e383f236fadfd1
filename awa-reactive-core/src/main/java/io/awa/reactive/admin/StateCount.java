package io.awa.reactive.admin;

/**
 * How many jobs of a queue are in a state.
 *
 * @param queue its name
 * @param state the state
 * @param count for available jobs as {@link QueueDepth#depth} counts; for all others exact up to 10,000 rows looked at
 */
public record StateCount(String queue, JobState state, Count count) {}
