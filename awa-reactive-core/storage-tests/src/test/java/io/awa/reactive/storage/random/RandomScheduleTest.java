package io.awa.reactive.storage.random;

import io.awa.reactive.testkit.AwaPostgres;
import io.awa.reactive.testkit.SeededTest;
import java.time.Duration;
import org.junit.jupiter.api.Tag;

/** Everybody at once, in any order; {@code -Dawa.soak.seconds} sets the length of the long form. */
class RandomScheduleTest {

    private static final Duration SHORT = Duration.ofSeconds(9);

    @SeededTest(2)
    void nothingIsLostOrDoneTwice(long seed) {
        new RandomRun(AwaPostgres.shared(), seed, false, sql -> sql).isClean(RandomRun.lasting(SHORT));
    }

    @SeededTest(1)
    void norWhereEveryStepMayTakeLong(long seed) {
        new RandomRun(AwaPostgres.shared(), seed, false, Widened::sql).isClean(RandomRun.lasting(SHORT));
    }

    @Tag("soak")
    @SeededTest(1)
    void norInALongRun(long seed) {
        Duration length = Duration.ofSeconds(Long.getLong("awa.soak.seconds", 120));
        new RandomRun(AwaPostgres.shared(), seed, false, sql -> sql).isClean(RandomRun.lasting(length));
        new RandomRun(AwaPostgres.shared(), seed, false, Widened::sql).isClean(RandomRun.lasting(length));
    }
}
