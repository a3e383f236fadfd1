package io.awa.reactive.engine;

import java.util.Set;

/** What a round of promotion did, or why it did nothing. */
public sealed interface PromoteOutcome extends MaintenanceOutcome {

    /** Whether there may be more to do at once, in another round. */
    boolean more();

    /**
     * Due jobs stand in their lanes now.
     *
     * @param count  how many
     * @param more   whether there may be more
     * @param queues which ones got them
     */
    record Promoted(int count, boolean more, Set<String> queues) implements PromoteOutcome {}

    /**
     * Nothing is due, as far as this round looked.
     *
     * @param more whether there may be something behind what it looked at
     */
    record Idle(boolean more) implements PromoteOutcome {}

    /**
     * What is due is being ended by another transaction, which has not committed. Nobody waited for it.
     *
     * @param more whether there may be something behind it
     */
    record Blocked(boolean more) implements PromoteOutcome {}
}
