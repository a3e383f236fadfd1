/** The schedules' statements. */
@org.jspecify.annotations.NullMarked
package io.awa.reactive.internal.cron;
