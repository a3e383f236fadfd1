package io.awa.reactive.admin;

/**
 * How many jobs of a queue are in a state.
 *
 * @param queue its name
 * @param state the state
 * @param count exact where no more than 10,000 rows had to be looked at. Beyond that there are at least as many; of
 *     available jobs at most as many, as {@link QueueDepth#depth} counts them
 */
public record StateCount(String queue, JobState state, Count count) {}
