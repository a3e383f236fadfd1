package io.awa.reactive.internal.observe;

import io.awa.reactive.internal.pg.Fields;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** One place of a job, or a report, as {@code lives()} answers it; see there. Of entry and pos there is one. */
record LifeRow(
        long id,
        int child,
        @Nullable Long entry,
        @Nullable Long pos,
        @Nullable String state,
        Instant madeAt,
        @Nullable Instant dueAt,
        @Nullable Instant claimedAt,
        @Nullable Instant endedAt,
        @Nullable String outcome,
        @Nullable String marked,
        @Nullable Long no,
        @Nullable Integer ordinal,
        String queue,
        int priority,
        int attempt,
        @Nullable Integer worker,
        @Nullable String error,
        @Nullable String reason,
        @Nullable String progress,
        @Nullable Long seq,
        @Nullable Long xid) {

    /** Whether the row is the one that voids the answer. */
    static boolean isVoid(Fields row) {
        return row.optional("id", Long.class) == null;
    }

    static LifeRow of(Fields row) {
        return new LifeRow(
                row.number("id"),
                row.integer("child"),
                row.optional("entry", Long.class),
                row.optional("pos", Long.class),
                row.optional("state", String.class),
                row.get("made_at", Instant.class),
                row.time("due_at"),
                row.time("claimed_at"),
                row.time("ended_at"),
                row.optional("outcome", String.class),
                row.optional("marked", String.class),
                row.optional("no", Long.class),
                row.optional("ordinal", Integer.class),
                row.text("queue"),
                row.integer("priority"),
                row.integer("attempt"),
                row.optional("worker", Integer.class),
                row.optional("error", String.class),
                row.optional("reason", String.class),
                row.optional("progress", String.class),
                row.optional("seq", Long.class),
                row.optional("xid", Long.class));
    }

    boolean isReport() {
        return "report".equals(state);
    }

    /** Neither ended nor marked: the one place where the job stands. */
    boolean isLive() {
        return !isReport() && outcome == null && marked == null;
    }

    boolean isEnded(String... how) {
        return isOne(outcome, how) || isOne(marked, how);
    }

    boolean isMarked(String... how) {
        return isOne(marked, how);
    }

    private static boolean isOne(@Nullable String known, String... of) {
        for (String one : of) {
            if (one.equals(known)) {
                return true;
            }
        }
        return false;
    }
}
