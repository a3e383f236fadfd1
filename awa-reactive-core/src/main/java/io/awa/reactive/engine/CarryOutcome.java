package io.awa.reactive.engine;

import org.jspecify.annotations.Nullable;

/** What a look at a sealed store found, or carried to the current one. */
public sealed interface CarryOutcome extends MaintenanceOutcome {

    /** Nothing in it is live. */
    record Spent() implements CarryOutcome {}

    /** Something is; it was only looked at. */
    record Live() implements CarryOutcome {}

    /**
     * Some of it stands in the current store now, and there may be more.
     *
     * @param moved how much
     */
    record Carried(int moved) implements CarryOutcome {}

    /**
     * A lock was refused; nobody waited for long.
     *
     * @param relation whose lock; null where another transaction is ending the entries
     */
    record Blocked(@Nullable String relation) implements CarryOutcome {}

    /** Not sealed, finished, or gone. */
    record Idle() implements CarryOutcome {}
}
