package io.awa.reactive.internal.pressure;

import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.internal.pressure.Valve.Answer;
import io.awa.reactive.pressure.Backpressure;
import io.awa.reactive.pressure.QueuePressure;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Room in a queue, step by step: the high mark is 10, the low one 2, four jobs a look. */
class ValveTest {

    private final Valve valve =
            new Valve("q", Backpressure.atDepth(10).resumeAt(2).burst(4));

    @Test
    void nobodyComesInUnseen() {
        assertThat(valve.room(1, 0)).isEqualTo(Answer.LOOK);
        look(3);
        assertThat(valve.room(4, 0)).isEqualTo(Answer.ENTER);
        assertThat(valve.room(4, Valve.FRESH_NANOS)).as("an old look").isEqualTo(Answer.LOOK);
        valve.looks();
        valve.failed(new IllegalStateException());
        assertThat(valve.room(1, 0)).as("a look that failed").isEqualTo(Answer.LOOK);
    }

    @Test
    void aBurstIsUsedUpUntilTheNextLook() {
        look(0);
        valve.enter(3);
        assertThat(valve.room(1, 0)).isEqualTo(Answer.ENTER);
        assertThat(valve.room(2, 0))
                .as("all of it is under way: its end is heard of")
                .isEqualTo(Answer.WAIT);
        valve.leave(3);
        assertThat(valve.room(2, 0)).isEqualTo(Answer.LOOK);
        look(3);
        assertThat(valve.room(4, 0)).isEqualTo(Answer.ENTER);
    }

    /** The look saw the queue before they were stored, and is told of after they have ended. */
    @Test
    void whatEndsWhileALookIsOnItsWayCounts() {
        look(8);
        valve.enter(2);
        valve.looks();
        valve.leave(2);
        valve.looked(seen(8), 0);

        assertThat(valve.room(1, 0)).isEqualTo(Answer.LOOK);

        look(10);
        assertThat(valve.room(1, 0)).isEqualTo(Answer.SHUT);
    }

    @Test
    void whatIsUnderWayAtALookCounts() {
        look(6);
        valve.enter(4);
        look(6);
        assertThat(valve.room(1, 0)).isEqualTo(Answer.SHUT);
    }

    @Test
    void whoHasShutOpensAtTheLowMark() {
        look(10);
        assertThat(valve.room(1, 0)).isEqualTo(Answer.SHUT);
        valve.shut();
        assertThat(valve.room(1, 0)).as("a pause has begun").isEqualTo(Answer.WAIT);
        valve.paused();
        assertThat(valve.room(1, 0)).isEqualTo(Answer.LOOK);
        look(3);
        assertThat(valve.room(1, 0)).isEqualTo(Answer.SHUT);
        look(2);
        assertThat(valve.room(4, 0)).isEqualTo(Answer.ENTER);
    }

    @Test
    void pausesAreHalfOfWhatItTakes() {
        look(QueuePressure.of("q", 10, 0, 0));
        assertThat(valve.pause()).isEqualTo(Valve.LONGEST_PAUSE_NANOS);
        look(QueuePressure.of("q", 10, 0, 80));
        assertThat(valve.pause()).as("8 jobs at 80 a second").isEqualTo(50_000_000);
        look(QueuePressure.of("q", 10, 0, 80_000));
        assertThat(valve.pause()).isEqualTo(Valve.SHORTEST_PAUSE_NANOS);
        for (int i = 0; i < 50; i++) {
            valve.looks();
            valve.failed(new IllegalStateException());
            assertThat(valve.pause()).isBetween(Valve.SHORTEST_PAUSE_NANOS, Valve.LONGEST_PAUSE_NANOS);
        }
    }

    @Test
    void aDrainTimeMovesBothMarks() {
        Valve moving = new Valve(
                "q",
                Backpressure.atDrainTime(Duration.ofSeconds(3))
                        .atLeast(10)
                        .resumeAt(2)
                        .burst(4));
        moving.looks();
        moving.looked(QueuePressure.of("q", 296, 0, 100), 0);
        assertThat(moving.room(4, 0)).as("300 in 3 s").isEqualTo(Answer.ENTER);
        moving.looks();
        moving.looked(QueuePressure.of("q", 297, 0, 100), 0);
        assertThat(moving.room(4, 0)).isEqualTo(Answer.SHUT);
        moving.shut();
        moving.looked(QueuePressure.of("q", 61, 0, 100), 0);
        assertThat(moving.isOpen()).isFalse();
        moving.looked(QueuePressure.of("q", 60, 0, 100), 0);
        assertThat(moving.isOpen()).isTrue();
        moving.looked(QueuePressure.of("q", 10, 0, 0), 0);
        assertThat(moving.room(1, 0)).as("nobody works: the least mark").isEqualTo(Answer.SHUT);
    }

    private void look(long depth) {
        look(seen(depth));
    }

    private void look(QueuePressure seen) {
        valve.looks();
        valve.looked(seen, 0);
    }

    private static QueuePressure seen(long depth) {
        return QueuePressure.of("q", depth, 0, 0);
    }
}
