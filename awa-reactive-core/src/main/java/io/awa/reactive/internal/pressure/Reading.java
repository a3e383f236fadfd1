package io.awa.reactive.internal.pressure;

import java.util.Map;

/**
 * What one look at a queue saw.
 *
 * @param depth  jobs that wait
 * @param passed by lane, how far its claims have come; may fall back
 * @param micros when, by the database's clock; 0 where the queue is unknown
 */
record Reading(long depth, Map<Integer, Long> passed, long micros) {}
