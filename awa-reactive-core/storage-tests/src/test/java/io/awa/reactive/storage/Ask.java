package io.awa.reactive.storage;

import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * What was answered to who asked for a unique job.
 *
 * @param fate 0 stored, 1 duplicate, 2 busy, 3 withheld
 * @param id   of the job, or of the one that holds the key; 0 where none is known
 */
record Ask(int fate, long id) {

    static final int SCHEDULED = 1;
    static final int ALWAYS = 2 | 4 | 16;
    static final int RETRYING = 8;
    static final int COMPLETED = 32;
    static final int FAILED = 64;
    static final int DEAD = 128;
    static final int CANCELLED = 256;
    static final int SNOOZED = 512;
    static final int DEFAULT = ALWAYS | SCHEDULED | RETRYING | COMPLETED | SNOOZED;

    boolean stored() {
        return fate == 0;
    }

    boolean duplicateOf(Ask other) {
        return fate == 1 && id == other.id;
    }

    static UUID key(int n) {
        return new UUID(0x1234_5678_9abc_def0L * n, n);
    }

    /** A unique job in lane 1 whose key is n; it waits for {@code delay} milliseconds, or not at all. */
    static String call(int n, int states, @Nullable Integer delay, boolean wait) {
        return "select ids[1] as id, fates[1] as fate from submit(array[1], array[1], array[25], array['{}'], null,"
                + " null, array[" + delay + "]::bigint[], array['" + key(n) + "']::uuid[], array["
                + states + "], " + wait + ", false)";
    }

    static Ask of(List<Row> rows) {
        Row row = rows.get(0);
        return new Ask((int) row.number("fate"), row.isNull("id") ? 0 : row.number("id"));
    }

    static Ask job(Session session, int n) {
        return job(session, n, DEFAULT);
    }

    static Ask job(Session session, int n, int states) {
        return of(session.rows(call(n, states, null, true)));
    }

    static Ask later(Session session, int n, int states, int delay) {
        return of(session.rows(call(n, states, delay, true)));
    }

    static CompletableFuture<Ask> sent(Session session, int n) {
        return session.send(call(n, DEFAULT, null, true)).thenApply(Ask::of);
    }
}
