package io.awa.reactive.observe;

import io.awa.reactive.AwaValidationException;
import io.awa.reactive.internal.Checks;
import org.jspecify.annotations.Nullable;

/**
 * Where an observer begins, and where it ends. Immutable; each setting returns a new instance.
 *
 * @param cursor  it begins behind this one of {@link JobUpdate#cursor()}; null: with the state the job is in
 * @param history without a cursor: it begins with all that is still stored of the job's life
 * @param endless it goes on after a state that ends the job, since such a job may be retried; it completes all the same where
 *                nothing can follow: a completed job, and one that is known no more
 */
public record ObserveOptions(@Nullable String cursor, boolean history, boolean endless) {

    private static final ObserveOptions DEFAULTS = new ObserveOptions(null, false, false);

    /** @throws AwaValidationException if the cursor is not printable, or longer than a cursor is */
    public ObserveOptions {
        if (cursor != null) {
            Checks.length("cursor", Checks.name("cursor", cursor), 120);
        }
    }

    /** From the state the job is in until it has ended. */
    public static ObserveOptions defaults() {
        return DEFAULTS;
    }

    /** The same from behind an update that was told before, by this or another process. */
    public ObserveOptions after(String position) {
        return new ObserveOptions(Checks.notNull("cursor", position), history, endless);
    }

    /** The same with all that is still stored of the job's life first. */
    public ObserveOptions withHistory() {
        return new ObserveOptions(cursor, true, endless);
    }

    /** The same beyond an end that a retry may take back. */
    public ObserveOptions beyondEnds() {
        return new ObserveOptions(cursor, history, true);
    }
}
