package io.awa.reactive.worker;

import org.jspecify.annotations.Nullable;

/**
 * Why nothing is claimed.
 *
 * @param since since when, on the clock of {@link System#nanoTime()}
 * @param error what the database or the connection said; null: nothing yet
 */
record Trouble(long since, @Nullable Throwable error) {}
