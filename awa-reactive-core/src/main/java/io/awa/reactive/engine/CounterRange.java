package io.awa.reactive.engine;

/**
 * Counters of nonces: the low 32 bits, unsigned.
 *
 * @param from the first
 * @param to   behind the last
 */
public record CounterRange(long from, long to) {}
