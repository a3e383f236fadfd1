package io.awa.reactive.internal.pressure;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What one look at a queue saw.
 *
 * @param depth  jobs that wait to be claimed
 * @param gated  those that wait for a place of their key, at least; null where they were not counted
 * @param passed by lane, how far its claims have come; may fall back
 * @param micros when, by the database's clock; 0 where the queue is unknown
 */
record Reading(long depth, @Nullable Long gated, Map<Integer, Long> passed, long micros) {}
