package io.awa.reactive.test;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.time.ZoneOffset;

/**
 * The clock of a test's database. It begins at the present and moves when it is told, forward only; by itself it goes a
 * thousandth of the real pace, so that moments keep their order.
 *
 * <p>It decides what the database's clock decides: when a scheduled, retried or snoozed job is due, when a schedule fires,
 * when a callback is too late, a process dead, a segment old, a token of a fleet's rate there. Every
 * session of the test's database reads it, in {@code clock_timestamp()}, {@code now()}, {@code statement_timestamp()} and
 * {@code transaction_timestamp()}; {@code CURRENT_TIMESTAMP}, which is no function, stays real. What a worker measures by
 * itself stays real too: deadlines of attempts, rates in process, timeouts; and so do periods of unique jobs, which the
 * machine that enqueues counts. {@link #java()} is for the application's code.
 *
 * <p>Its methods block, as those of {@link AwaHarness}. Safe on any thread; one moves it at a time.
 */
public final class HarnessClock {

    private final ClockCell cell;
    private final Passage passage;
    private final AwaHarness harness;

    HarnessClock(ClockCell cell, Passage passage, AwaHarness harness) {
        this.cell = cell;
        this.passage = passage;
        this.harness = harness;
    }

    /** The database's time. */
    public Instant now() {
        return cell.now();
    }

    /**
     * Lets time pass. On the way schedules fire at each of their times; what is due at the end is promoted, requests are
     * applied, attempts of processes that died are rescued, and where a minute or more has passed, segments and stores are
     * maintained. No handler is called.
     *
     * @param time not negative
     * @throws IllegalArgumentException if it is negative
     * @throws IllegalStateException    if schedules would fire more than {@value Passage#MOST_STOPS} times
     */
    public void advance(Duration time) {
        if (time.isNegative()) {
            throw new IllegalArgumentException("time does not go back: " + time);
        }
        passage.to(now().plus(time));
    }

    /**
     * Lets time pass until a moment, as {@link #advance}.
     *
     * @throws IllegalArgumentException if it is over
     */
    public void advanceTo(Instant moment) {
        if (moment.isBefore(now())) {
            throw new IllegalArgumentException("time does not go back: " + moment + " is before " + now());
        }
        passage.to(moment);
    }

    /** As {@link #advanceUntilIdle(int)}, with {@value AwaHarness#MOST_WAITS} rounds at most. */
    public void advanceUntilIdle() {
        advanceUntilIdle(AwaHarness.MOST_WAITS);
    }

    /**
     * Works all jobs there are, lets time pass until the next one is due or a callback is too late, and so on, until no job
     * waits for time. Schedules fire on the way, but are not waited for.
     *
     * @param rounds at most so many
     * @throws IllegalStateException if it does not come to an end, for instance because a job is snoozed for ever
     */
    public void advanceUntilIdle(int rounds) {
        harness.workUntilIdle(rounds);
    }

    /** This clock for code that asks a {@link Clock}, in UTC. Each look is a statement, which blocks. */
    public Clock java() {
        InstantSource source = this::now;
        return source.withZone(ZoneOffset.UTC);
    }

    /** This clock in a zone. */
    public Clock java(ZoneId zone) {
        return java().withZone(zone);
    }
}
