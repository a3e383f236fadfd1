package io.awa.reactive.worker;

import java.time.Duration;

/**
 * What a tick has done.
 *
 * @param claimed      jobs claimed
 * @param settled      jobs whose end became durable, of whatever kind it is
 * @param released     jobs given back with their attempt, because the time was over
 * @param abandoned    jobs whose end or release could not be written: left to rescue
 * @param stillRunning blocking handlers that were interrupted and have not come back
 * @param budgetSpent  whether the budget ended the tick: there may be more to do
 * @param decided      false where the database did not answer in time
 * @param took         how long the tick took
 */
public record TickReport(
        long claimed,
        long settled,
        long released,
        long abandoned,
        int stillRunning,
        boolean budgetSpent,
        boolean decided,
        Duration took) {

    /** Whether no job is left behind. */
    public boolean clean() {
        return abandoned == 0 && decided;
    }
}
