package io.awa.reactive.internal.observe;

import io.awa.reactive.AwaValidationException;
import io.awa.reactive.admin.JobState;
import io.awa.reactive.job.JobId;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where somebody has stopped to listen: the fact that was told last, and when it was, for the case that it is stored no
 * more.
 *
 * @param job     the job
 * @param key     the fact's
 * @param place   the entry or position it belongs to
 * @param seq     the last report that was told of that place
 * @param micros  when, since 1970
 * @param state   the state then; null where that is not known, as after a report
 * @param attempt attempts begun by then
 */
record Cursor(
        long job,
        String key,
        String place,
        long seq,
        long micros,
        @Nullable JobState state,
        int attempt) {

    private static final Pattern FORM = Pattern.compile(
            "(\\d{1,19})\\.(([ep]\\d{1,19})(?:[acx]|r\\d{1,19})?|g)\\.(\\d{1,19})\\.(-?\\d{1,19})\\.([a-z]{1,9})\\.(\\d{1,5})");
    private static final String NONE = "report";

    /** @param seq the last report that is told with it, or is it */
    static Cursor of(Fact fact, long seq) {
        boolean report = fact.state() == null;
        return new Cursor(
                fact.row().id(),
                report ? fact.place() : fact.key(),
                fact.place(),
                seq,
                ChronoUnit.MICROS.between(Instant.EPOCH, fact.at()),
                fact.state(),
                fact.attempt());
    }

    /** Behind everything: the job is known no more. */
    static String gone(JobId job) {
        return job + ".g.0.0." + NONE + ".0";
    }

    static Cursor parse(JobId job, String text) {
        Matcher parts = FORM.matcher(text);
        try {
            if (parts.matches() && Long.parseLong(parts.group(1)) == job.value()) {
                String place = parts.group(3);
                String state = parts.group(6);
                return new Cursor(
                        job.value(),
                        parts.group(2),
                        place == null ? "" : place,
                        Long.parseLong(parts.group(4)),
                        Long.parseLong(parts.group(5)),
                        state.equals(NONE) ? null : JobState.valueOf(state.toUpperCase(Locale.ROOT)),
                        Integer.parseInt(parts.group(7)));
            }
        } catch (IllegalArgumentException e) {
            throw refused(job, text, e);
        }
        throw refused(job, text, null);
    }

    private static AwaValidationException refused(JobId job, String text, @Nullable Throwable cause) {
        String rule = "a cursor that an observer of job " + job + " was told";
        return cause == null
                ? new AwaValidationException("cursor", text, rule)
                : new AwaValidationException("cursor", text, rule, cause);
    }

    Instant at() {
        return Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
    }

    @Override
    public String toString() {
        return job + "." + key + "." + seq + "." + micros + "."
                + (state == null ? NONE : state.name().toLowerCase(Locale.ROOT)) + "." + attempt;
    }
}
