package io.awa.reactive.enqueue;

/**
 * What a bulk enqueue did.
 *
 * @param inserted jobs that were stored
 * @param skipped  unique jobs that were left out, because another job held their key
 */
public record BulkResult(long inserted, long skipped) {}
