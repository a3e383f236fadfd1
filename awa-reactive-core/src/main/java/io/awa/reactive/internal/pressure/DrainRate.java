package io.awa.reactive.internal.pressure;

import java.util.HashMap;
import java.util.Map;

/**
 * How fast a queue empties: an exponentially weighted mean of what left it between looks, with the weights of what there is
 * (a sum of weighted samples over the sum of their weights), so that it is right from the second look on. Immutable.
 *
 * @param highest by lane, the most its claims were seen to have passed
 * @param micros  when that was; 0: not yet
 * @param sum     of the weighted rates
 * @param weight  of all of them, towards 1
 * @param seen    for how long it has been watched, in microseconds
 */
record DrainRate(Map<Integer, Long> highest, long micros, double sum, double weight, long seen) {

    /** What is older weighs less, by e for each such time: 5 s. */
    static final double MEAN_MICROS = 5e6;

    /** A rate that was watched for less is not told: 200 ms. */
    static final long LEAST_MICROS = 200_000;

    static final DrainRate UNKNOWN = new DrainRate(Map.of(), 0, 0, 0, 0);

    /** With one more look; one that is not newer than the last changes nothing. */
    DrainRate seen(Reading reading) {
        if (reading.micros() <= micros) {
            return this;
        }
        Map<Integer, Long> reached = new HashMap<>(highest);
        long left = 0;
        for (Map.Entry<Integer, Long> lane : reading.passed().entrySet()) {
            long before = reached.getOrDefault(lane.getKey(), lane.getValue());
            left += Math.max(0, lane.getValue() - before);
            reached.put(lane.getKey(), Math.max(before, lane.getValue()));
        }
        if (micros == 0) {
            return new DrainRate(reached, reading.micros(), 0, 0, 0);
        }
        long time = reading.micros() - micros;
        double kept = Math.exp(-time / MEAN_MICROS);
        return new DrainRate(
                reached,
                reading.micros(),
                sum * kept + left * 1e6 / time * (1 - kept),
                weight * kept + 1 - kept,
                seen + time);
    }

    boolean known() {
        return seen >= LEAST_MICROS;
    }

    /** Jobs a second; 0 where it is not known. */
    double perSecond() {
        return known() ? sum / weight : 0;
    }
}
