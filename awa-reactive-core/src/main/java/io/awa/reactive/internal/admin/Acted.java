package io.awa.reactive.internal.admin;

import io.awa.reactive.admin.CancelOutcome;
import io.awa.reactive.admin.DeleteOutcome;
import io.awa.reactive.admin.JobState;
import io.awa.reactive.admin.MoveOutcome;
import io.awa.reactive.admin.RetryOutcome;
import io.awa.reactive.internal.pg.Fields;
import io.awa.reactive.job.JobId;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What an action answered of one job.
 *
 * @param id     the job
 * @param result done, refused, duplicate, there, unknown, again
 * @param state  the state it was in; null where it is unknown
 * @param other  who holds its key
 */
record Acted(
        JobId id,
        String result,
        @Nullable JobState state,
        @Nullable Long other) {

    static Acted of(Fields row) {
        String state = row.optional("state", String.class);
        return new Acted(
                new JobId(row.number("id")),
                row.text("result"),
                state == null || state.equals("purged") ? null : Words.state(state),
                row.optional("other", Long.class));
    }

    boolean again() {
        return result.equals("again");
    }

    /** A call sent again finds the job in its new state, or deleted. */
    private JobState was() {
        return state == null ? JobState.AVAILABLE : state;
    }

    CancelOutcome cancelled() {
        return switch (result) {
            case "done" -> new CancelOutcome.Cancelled(id, was());
            case "refused" -> new CancelOutcome.AlreadyEnded(id, was());
            default -> new CancelOutcome.Unknown(id);
        };
    }

    RetryOutcome retried() {
        return switch (result) {
            case "done" -> new RetryOutcome.Retried(id, was());
            case "refused" -> new RetryOutcome.NotRetryable(id, was());
            case "duplicate" -> new RetryOutcome.Duplicate(id, new JobId(Objects.requireNonNull(other)));
            default -> new RetryOutcome.Unknown(id);
        };
    }

    DeleteOutcome deleted() {
        return switch (result) {
            case "done" -> new DeleteOutcome.Deleted(id, was());
            case "refused" -> new DeleteOutcome.NotDeletable(id, was());
            default -> new DeleteOutcome.Unknown(id);
        };
    }

    MoveOutcome moved() {
        return switch (result) {
            case "done" -> new MoveOutcome.Moved(id, was());
            case "there" -> new MoveOutcome.AlreadyThere(id, was());
            case "refused" -> new MoveOutcome.NotMovable(id, was());
            default -> new MoveOutcome.Unknown(id);
        };
    }
}
