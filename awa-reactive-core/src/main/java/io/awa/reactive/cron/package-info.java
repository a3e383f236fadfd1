/** Recurring jobs: expressions, what is declared, and what fires. */
@org.jspecify.annotations.NullMarked
package io.awa.reactive.cron;
