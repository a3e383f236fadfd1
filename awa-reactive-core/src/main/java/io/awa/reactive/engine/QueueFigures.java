package io.awa.reactive.engine;

import java.time.Duration;

/**
 * How much waits in a queue.
 *
 * @param queue its name
 * @param depth jobs not yet claimed, in all its priorities; an upper bound, as in
 *              {@link io.awa.reactive.admin.QueueDepth}
 * @param lag   how long the oldest of them has been available; zero where none waits
 */
public record QueueFigures(String queue, long depth, Duration lag) {}
