package io.awa.reactive.admin;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Who leads the maintenance.
 *
 * @param epoch  ascends with each change of leader
 * @param pid    the server process of its session; null where that is gone, and nobody has followed yet
 * @param name   its application_name, which begins with what {@code AwaBuilder.name} says; null where it is gone
 * @param silent since its last beat, by the database's clock. Seconds are normal; more than ten mean that nobody leads: no
 *               worker runs that maintains, or none reaches the database
 */
public record Leader(
        long epoch, @Nullable Integer pid, @Nullable String name, Duration silent) {}
