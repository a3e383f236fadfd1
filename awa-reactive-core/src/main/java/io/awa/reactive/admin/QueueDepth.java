package io.awa.reactive.admin;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How much waits in one priority of a queue.
 *
 * @param priority 1 (highest) to 4
 * @param depth    jobs not yet claimed; positions of aborted producers and of cancelled jobs count until a claim has
 *                 passed them, so this is an upper bound
 * @param waiting  how long the next job has been available; null where none is
 */
public record QueueDepth(int priority, long depth, @Nullable Duration waiting) {}
