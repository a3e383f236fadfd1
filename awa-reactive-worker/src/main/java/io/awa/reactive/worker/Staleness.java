package io.awa.reactive.worker;

import io.awa.reactive.AwaValidationException;
import io.awa.reactive.worker.maintenance.RescueOptions;
import java.time.Duration;

/** How long a process may be silent and is not taken for dead: some of its beats, and some looks at them, fall into it. */
final class Staleness {

    private static final int BEATS = 3;
    private static final int LOOKS = 4;

    private Staleness() {}

    /** @throws AwaValidationException if processes that are alive could be taken for dead */
    static void check(RescueOptions rescue, Duration heartbeat) {
        Duration staleness = rescue.staleness();
        if (staleness.compareTo(heartbeat.multipliedBy(BEATS)) < 0) {
            throw new AwaValidationException(
                    "rescue.staleness", staleness, "at least three times the heartbeat of " + heartbeat);
        }
        if (staleness.compareTo(rescue.interval().multipliedBy(LOOKS)) < 0) {
            throw new AwaValidationException(
                    "rescue.interval", rescue.interval(), "at most a quarter of the staleness of " + staleness);
        }
    }
}
