package io.awa.reactive.internal.observe;

import io.awa.reactive.admin.JobState;
import io.awa.reactive.job.JobId;
import io.awa.reactive.observe.JobUpdate;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One thing that happened to a job: it came into a state, or it reported.
 *
 * @param key   names it for ever, among the facts of its job
 * @param place the entry or position it belongs to
 * @param at    when
 * @param rank  orders facts of one instant
 * @param state the state; null for a report
 * @param row   what is stored of it
 */
record Fact(
        String key,
        String place,
        Instant at,
        int rank,
        @Nullable JobState state,
        LifeRow row) {

    /** What makes it another state than the one before, for those who are told: a copy of the same makes none. */
    Told told() {
        JobState known = Objects.requireNonNull(state);
        Instant due = switch (known) {
            case SCHEDULED, RETRYING, SNOOZED -> row.dueAt();
            default -> null;
        };
        return new Told(known, attempt(), row.queue(), row.priority(), due);
    }

    /** The first word to an observer: with what was reported last, if anything. */
    JobUpdate first(@Nullable Fact report) {
        if (report == null) {
            return update(false);
        }
        return reached(false, report.row.progress(), Cursor.of(this, report.seq()));
    }

    JobUpdate update(boolean gap) {
        if (state == null) {
            return new JobUpdate.Progressed(
                    new JobId(row.id()),
                    at,
                    attempt(),
                    Objects.requireNonNull(row.progress()),
                    Cursor.of(this, seq()).toString());
        }
        return reached(gap, row.progress(), Cursor.of(this, 0));
    }

    private JobUpdate reached(boolean gap, @Nullable String progress, Cursor cursor) {
        boolean marked = state == JobState.CANCELLED && row.entry() == null;
        return new JobUpdate.Reached(
                new JobId(row.id()),
                Objects.requireNonNull(state),
                at,
                row.queue(),
                row.priority(),
                attempt(),
                state == JobState.AVAILABLE ? null : row.worker(),
                row.dueAt(),
                row.error(),
                marked ? "cancelled" : row.reason(),
                progress,
                gap,
                cursor.toString());
    }

    // The row of a position counts the attempt that has claimed it.
    int attempt() {
        return row.entry() == null && row.claimedAt() != null && state == JobState.AVAILABLE
                ? row.attempt() - 1
                : row.attempt();
    }

    /** Its number among the reports of its place; 0 for a state. */
    long seq() {
        Long known = row.seq();
        return known == null ? 0 : known;
    }

    /**
     * What is told of a state.
     *
     * @param state    the state
     * @param attempt  attempts begun
     * @param queue    where
     * @param priority how urgent
     * @param due      when it goes on by itself; null where it does not
     */
    record Told(
            JobState state,
            int attempt,
            String queue,
            int priority,
            @Nullable Instant due) {}
}
