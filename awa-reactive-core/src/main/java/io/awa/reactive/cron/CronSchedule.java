package io.awa.reactive.cron;

import io.awa.reactive.AwaValidationException;
import io.awa.reactive.internal.Checks;
import io.awa.reactive.job.Job;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Optional;

/**
 * The declaration of a schedule: its name, when it fires, and the job it enqueues. Immutable, apart from what the job's
 * arguments refer to; each setting returns a new instance.
 *
 * <pre>{@code
 * CronSchedule.of("daily report", "0 9 * * MON-FRI", REPORT.with(new Report("sales"))).zone("Europe/Berlin")
 * }</pre>
 */
public final class CronSchedule {

    /** Characters of a name at most: {@value}. */
    public static final int MAX_NAME_LENGTH = 200;

    private final String name;
    private final CronExpression expression;
    private final Job<?> job;
    private final MissedFires missedFires;

    private CronSchedule(String name, CronExpression expression, Job<?> job, MissedFires missedFires) {
        this.name = name;
        this.expression = expression;
        this.job = job;
        this.missedFires = missedFires;
    }

    /**
     * A schedule in UTC that coalesces what it has missed.
     *
     * @param name       unique in the schema; up to {@value #MAX_NAME_LENGTH} characters, not blank, no control
     *                   characters
     * @param expression five or six fields, see {@link CronExpression}
     * @param job        what to enqueue, neither delayed nor unique: each fire time has one job; written as JSON when the
     *                   schedule is put
     * @throws AwaValidationException if one of them is refused
     */
    public static CronSchedule of(String name, String expression, Job<?> job) {
        return of(name, CronExpression.of(expression), job);
    }

    /** The same with an expression that was read before, in its zone. */
    public static CronSchedule of(String name, CronExpression expression, Job<?> job) {
        Checks.length("schedule.name", Checks.name("schedule.name", name), MAX_NAME_LENGTH);
        Checks.notNull("schedule.expression", expression);
        none("runAt", Checks.notNull("schedule.job", job).runAt(), "the expression says when");
        none("runAfter", job.runAfter(), "the expression says when");
        none("unique", job.unique(), "each fire time enqueues one job");
        return new CronSchedule(name, expression, job, MissedFires.COALESCE);
    }

    private static void none(String setting, Optional<?> value, String why) {
        value.ifPresent(one -> {
            throw new AwaValidationException("schedule.job." + setting, one, "none: " + why);
        });
    }

    /** The same schedule in another zone; {@link ZoneOffset#UTC} by default. */
    public CronSchedule zone(ZoneId zone) {
        return new CronSchedule(name, expression.in(zone), job, missedFires);
    }

    /**
     * The same schedule in another zone.
     *
     * @param zone for example {@code Europe/Berlin}
     * @throws AwaValidationException if this Java does not know it
     */
    public CronSchedule zone(String zone) {
        return new CronSchedule(name, expression.in(zone), job, missedFires);
    }

    /** The same schedule with another policy for missed fires; {@link MissedFires#COALESCE} by default. */
    public CronSchedule missedFires(MissedFires policy) {
        return new CronSchedule(name, expression, job, Checks.notNull("schedule.missedFires", policy));
    }

    /** The name. */
    public String name() {
        return name;
    }

    /** When it fires; {@link CronExpression#zone()} is the schedule's zone. */
    public CronExpression expression() {
        return expression;
    }

    /** What it enqueues. */
    public Job<?> job() {
        return job;
    }

    /** What becomes of fire times that nobody evaluated. */
    public MissedFires missedFires() {
        return missedFires;
    }

    /** Names the schedule without its job's arguments, which may be secret. */
    @Override
    public String toString() {
        return "CronSchedule[" + name + ", " + expression + ", " + missedFires + ", " + job + "]";
    }
}
