package io.awa.reactive.internal.enqueue;

import io.awa.reactive.enqueue.Enqueued;
import io.awa.reactive.job.JobId;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a statement did with a job.
 *
 * @param what whether it was stored
 * @param job  the job, or the one that keeps it out; null where the database knows neither
 */
record Fate(What what, @Nullable JobId job) {

    /** In the order of the numbers that {@code submit} answers. */
    enum What {
        STORED,
        DUPLICATE,
        /** Another transaction may be about to take its key. */
        BUSY,
        /** Not stored, because another one of the statement is a duplicate. */
        WITHHELD;

        private static final What[] ALL = values();

        static What of(int number) {
            return ALL[number];
        }
    }

    static Fate stored(Long id) {
        return new Fate(What.STORED, new JobId(id));
    }

    /** The answer to who asked for this one job; it was stored or is a duplicate. */
    Enqueued enqueued() {
        JobId id = Objects.requireNonNull(job);
        return what == What.STORED ? new Enqueued.Inserted(id) : new Enqueued.Duplicate(id);
    }

    boolean is(What other) {
        return what == other;
    }
}
