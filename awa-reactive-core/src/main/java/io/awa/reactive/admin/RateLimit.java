package io.awa.reactive.admin;

import io.awa.reactive.AwaValidationException;

/**
 * How many jobs of a queue may be claimed in a time: a token bucket. A token comes every {@code 1 / perSecond} s, at most
 * {@code burst} are kept, and each job that is claimed takes one. In any time {@code t} no more than
 * {@code burst + perSecond * t} jobs are claimed, by each process, or by all of them together where it is for the fleet (then the
 * guide says what comes on top). Immutable; each setting returns a new instance.
 *
 * @param perSecond tokens a second, one in 30 days to 1,000,000
 * @param burst     tokens kept at most, 1 to 1,000,000; the tokens of a second, rounded up, by default
 * @param fleet     whether all processes of the schema share it; each has its own by default
 */
public record RateLimit(double perSecond, int burst, boolean fleet) {

    /** The lowest rate: one in 30 days. */
    public static final double LOWEST = 1.0 / (30 * 86_400);

    /** The highest rate, and the largest burst: {@value}. */
    public static final int HIGHEST = 1_000_000;

    /** @throws AwaValidationException if a value is out of its range */
    public RateLimit {
        if (!(perSecond >= LOWEST && perSecond <= HIGHEST)) {
            throw new AwaValidationException("rate", perSecond, "one in 30 days to " + HIGHEST + " a second");
        }
        if (burst < 1 || burst > HIGHEST) {
            throw new AwaValidationException("burst", burst, "1 to " + HIGHEST);
        }
    }

    /** So many a second. */
    public static RateLimit perSecond(double jobs) {
        return new RateLimit(jobs, jobs >= 1 && jobs <= HIGHEST ? (int) Math.ceil(jobs) : 1, false);
    }

    /** So many a minute. */
    public static RateLimit perMinute(double jobs) {
        return perSecond(jobs / 60);
    }

    /** So many an hour. */
    public static RateLimit perHour(double jobs) {
        return perSecond(jobs / 3_600);
    }

    /** The same with another burst. */
    public RateLimit burst(int tokens) {
        return new RateLimit(perSecond, tokens, fleet);
    }

    /** The same, shared by all processes of the schema. They need the same limit: set it in the database to be sure. */
    public RateLimit fleetWide() {
        return new RateLimit(perSecond, burst, true);
    }
}
