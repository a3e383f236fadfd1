package io.awa.reactive.cron;

import io.awa.reactive.AwaValidationException;
import io.awa.reactive.internal.Checks;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.time.zone.ZoneOffsetTransition;
import java.time.zone.ZoneRules;
import java.util.ArrayList;
import java.util.List;

/**
 * A cron expression in a time zone. Immutable, safe to share between threads.
 *
 * <p>Five fields are minute, hour, day of month, month, day of week; six have seconds in front. A field is {@code *}, or
 * a list of values and ranges ({@code 1,5,10-20}), each with a step if need be ({@code *}{@code /5}, {@code 10-20/3},
 * {@code 5/15} for 5, 20, 35, 50). Months are 1 to 12 or {@code JAN} to {@code DEC}, days of the week 0 to 7 (0 and 7
 * are Sunday) or {@code SUN} to {@code SAT}; names in any case. Only ranges of days of the week may go round the end of
 * the week ({@code FRI-MON}), without a step; {@code MON/3} goes up to the Sunday at the end. Where day of month and day
 * of week are both restricted (neither is {@code *}, or {@code *}{@code /1}), a day needs to match only one of them.
 *
 * <p>The fields describe local times. Each local time fires once:
 * <ul>
 *   <li>one that the clocks skip in spring fires at the first instant after the gap; all of one gap fire together, once;
 *   <li>one that the clocks show twice in autumn fires the first time, at the earlier offset. So what fires every five
 *       minutes pauses while the hour is repeated.
 * </ul>
 */
public final class CronExpression {

    /** Characters of an expression at most: {@value}. */
    public static final int MAX_LENGTH = 1_000;

    private static final Instant EARLIEST = Instant.parse("0001-01-01T00:00:00Z");
    private static final Instant LATEST = Instant.parse("9900-01-01T00:00:00Z");

    private final String text;
    private final LocalFires fires;
    private final ZoneId zone;

    private CronExpression(String text, LocalFires fires, ZoneId zone) {
        this.text = text;
        this.fires = fires;
        this.zone = zone;
    }

    /**
     * Reads an expression, in UTC.
     *
     * @param text five or six fields, separated by spaces
     * @throws AwaValidationException if it is none, or never fires (30 February); the error says what is wrong with which
     *     field
     */
    public static CronExpression of(String text) {
        String stripped = Checks.name("cron", text).strip();
        Checks.length("cron", stripped, MAX_LENGTH);
        return new CronExpression(stripped, LocalFires.of(stripped), ZoneOffset.UTC);
    }

    /** The same expression in another zone. */
    public CronExpression in(ZoneId other) {
        return new CronExpression(text, fires, Checks.notNull("zone", other));
    }

    /**
     * The same expression in another zone.
     *
     * @param other for example {@code Europe/Berlin}
     * @throws AwaValidationException if this Java does not know it
     */
    public CronExpression in(String other) {
        try {
            return in(ZoneId.of(Checks.name("zone", other)));
        } catch (DateTimeException e) {
            throw new AwaValidationException("zone", other, "a time zone this Java knows, like Europe/Berlin", e);
        }
    }

    /** The zone whose local times the fields describe. */
    public ZoneId zone() {
        return zone;
    }

    /**
     * The first fire time after an instant.
     *
     * @param after years 1 to 9899; itself not included
     * @throws AwaValidationException if it is out of that range
     */
    public Instant next(Instant after) {
        checked("after", after);
        LocalDateTime local = local(after).truncatedTo(ChronoUnit.SECONDS);
        return at(fires.next(endOfSecondPass(after, local, local)));
    }

    /** The first fire time after another, in the expression's zone; see {@link #next(Instant)}. */
    public ZonedDateTime next(ZonedDateTime after) {
        return next(Checks.notNull("after", after).toInstant()).atZone(zone);
    }

    /**
     * The last fire time before an instant.
     *
     * @param before years 1 to 9899; itself not included
     * @throws AwaValidationException if it is out of that range
     */
    public Instant latestBefore(Instant before) {
        checked("before", before);
        LocalDateTime local = local(before);
        LocalDateTime second = local.truncatedTo(ChronoUnit.SECONDS);
        LocalDateTime bound = second.equals(local) ? second : second.plusSeconds(1);
        LocalDateTime fire =
                fires.last(endOfSecondPass(before, local, bound.minusSeconds(1)).plusSeconds(1));
        // Times inside a gap that ends at this very instant fire at it, and not before it.
        while (!at(fire).isBefore(before)) {
            ZoneOffsetTransition gap = zone.getRules().getTransition(fire);
            fire = fires.last(gap == null ? fire : gap.getDateTimeBefore());
        }
        return at(fire);
    }

    /** The last fire time before another, in the expression's zone; see {@link #latestBefore(Instant)}. */
    public ZonedDateTime latestBefore(ZonedDateTime before) {
        return latestBefore(Checks.notNull("before", before).toInstant()).atZone(zone);
    }

    /**
     * The fire times of a span, oldest first.
     *
     * @param after years 1 to 9899; itself not included
     * @param until included
     * @param limit how many at most, not negative; of more, the oldest
     * @throws AwaValidationException if one of them is out of its range
     */
    public List<Instant> between(Instant after, Instant until, int limit) {
        Checks.between("limit", limit, 0, Integer.MAX_VALUE);
        checked("until", until);
        List<Instant> found = new ArrayList<>();
        Instant at = checked("after", after);
        while (found.size() < limit) {
            at = next(at);
            if (at.isAfter(until)) {
                break;
            }
            found.add(at);
        }
        return List.copyOf(found);
    }

    private LocalDateTime local(Instant instant) {
        return LocalDateTime.ofInstant(instant, zone);
    }

    // While the clocks show an hour for the second time, all of its local times have fired.
    private LocalDateTime endOfSecondPass(Instant instant, LocalDateTime local, LocalDateTime otherwise) {
        ZoneRules rules = zone.getRules();
        ZoneOffsetTransition overlap = rules.getTransition(local);
        return overlap != null && rules.getOffset(instant).equals(overlap.getOffsetAfter())
                ? overlap.getDateTimeBefore().minusSeconds(1)
                : otherwise;
    }

    private Instant at(LocalDateTime local) {
        ZoneRules rules = zone.getRules();
        ZoneOffsetTransition transition = rules.getTransition(local);
        if (transition == null) {
            return local.toInstant(rules.getOffset(local));
        }
        return transition.isGap() ? transition.getInstant() : local.toInstant(transition.getOffsetBefore());
    }

    private static Instant checked(String field, Instant value) {
        if (Checks.notNull(field, value).isBefore(EARLIEST) || !value.isBefore(LATEST)) {
            throw new AwaValidationException(field, value, EARLIEST + " to " + LATEST);
        }
        return value;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof CronExpression that && text.equals(that.text) && zone.equals(that.zone);
    }

    @Override
    public int hashCode() {
        return 31 * text.hashCode() + zone.hashCode();
    }

    /** The text as it was read, and the zone. */
    @Override
    public String toString() {
        return text + " (" + zone + ")";
    }

    /** The text as it was read, without spaces around it. */
    public String text() {
        return text;
    }
}
