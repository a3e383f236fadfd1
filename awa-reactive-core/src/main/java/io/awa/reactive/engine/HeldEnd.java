package io.awa.reactive.engine;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The end of a held attempt, to be written.
 *
 * @param lease     names the attempt
 * @param ending    how it ends; not {@link Ending#HELD}
 * @param delay     as in {@link Settlement}; of {@link Ending#PARKED}: until its time is over
 * @param detail    what the attempt leaves behind
 * @param followUps jobs to store with it
 */
public record HeldEnd(
        long lease,
        Ending ending,
        @Nullable Duration delay,
        @Nullable Detail detail,
        @Nullable FollowUps followUps) {}
