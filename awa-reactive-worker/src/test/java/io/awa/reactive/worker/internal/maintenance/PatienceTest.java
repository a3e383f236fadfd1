package io.awa.reactive.worker.internal.maintenance;

import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.engine.CarryOutcome;
import io.awa.reactive.engine.FinishOutcome;
import io.awa.reactive.engine.PruneOutcome;
import io.awa.reactive.engine.RotateOutcome;
import io.awa.reactive.engine.SealOutcome;
import io.awa.reactive.worker.maintenance.Step;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PatienceTest {

    private static final PruneOutcome BLOCKED = new PruneOutcome.Blocked("jobs_0");

    private final Patience patience = new Patience(8);

    @Test
    void refusalsDoubleThePauseUpToThirtyTwoTicks() {
        List<Integer> pauses = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            patience.told(Step.PRUNE, 7, BLOCKED, false);
            pauses.add(skipped(Step.PRUNE, 7));
        }
        assertThat(pauses).containsExactly(1, 2, 4, 8, 16, 32, 32, 32);
    }

    @Test
    void successBeginsAnewAndIdlenessChangesNothing() {
        for (int i = 0; i < 4; i++) {
            patience.told(Step.FINISH, 7, new FinishOutcome.SkippedActive("open"), false);
        }
        assertThat(skipped(Step.FINISH, 7)).isEqualTo(8);
        patience.told(Step.FINISH, 7, new FinishOutcome.Idle(), false);
        assertThat(skipped(Step.FINISH, 7)).isZero();
        patience.told(Step.FINISH, 7, new FinishOutcome.SkippedActive("open"), false);
        assertThat(skipped(Step.FINISH, 7)).as("as before the idle one").isEqualTo(16);
        patience.told(Step.FINISH, 7, new FinishOutcome.Finished(), false);
        patience.told(Step.FINISH, 7, new FinishOutcome.SkippedActive("open"), false);
        assertThat(skipped(Step.FINISH, 7)).isEqualTo(1);
    }

    @Test
    void childrenAndStepsAreApart() {
        patience.told(Step.PRUNE, 7, BLOCKED, false);
        patience.told(Step.CARRY, 7, new CarryOutcome.Live(), false);
        assertThat(patience.skips(Step.PRUNE, 8)).isFalse();
        assertThat(patience.skips(Step.SEAL, 7)).isFalse();
        assertThat(patience.skips(Step.PRUNE, 7)).isTrue();
        assertThat(patience.skips(Step.CARRY, 7)).isTrue();
    }

    /** Once in nine: eight refusals, one that waits, eight refusals more; whatever comes of it. */
    @Test
    void oneTryOfEachEightRefusalsWaits() {
        List<Integer> waited = new ArrayList<>();
        for (int i = 1; i <= 27; i++) {
            boolean waits = patience.escalates(Step.PRUNE, 7);
            if (waits) {
                waited.add(i);
            }
            patience.told(Step.PRUNE, 7, BLOCKED, waits);
        }
        assertThat(waited).containsExactly(9, 18, 27);
        assertThat(patience.escalates(Step.PRUNE, 8)).isFalse();
    }

    /** What waits for nothing is not said to have waited. */
    @Test
    void onlyPrunesWait() {
        for (int i = 0; i < 9; i++) {
            patience.told(Step.SEAL, 7, new SealOutcome.Blocked("jobs_0"), false);
            patience.told(Step.CARRY, 7, new CarryOutcome.Blocked(null), false);
            patience.told(Step.PRUNE_STORE, 7, BLOCKED, false);
        }
        assertThat(patience.escalates(Step.SEAL, 7)).isFalse();
        assertThat(patience.escalates(Step.CARRY, 7)).isFalse();
        assertThat(patience.escalates(Step.PRUNE_STORE, 7)).isTrue();
    }

    @Test
    void withoutEscalationNoneWaits() {
        Patience never = new Patience(0);
        for (int i = 0; i < 100; i++) {
            assertThat(never.escalates(Step.PRUNE, 7)).isFalse();
            never.told(Step.PRUNE, 7, BLOCKED, false);
        }
    }

    @Test
    void aFreeChildIsUsedAtOnce() {
        RotateOutcome busy = new RotateOutcome.SkippedBusy(List.of());
        patience.told(Step.ROTATE, 0, busy, false);
        patience.told(Step.ROTATE, 0, busy, false);
        patience.wake(Step.ROTATE);
        assertThat(patience.skips(Step.ROTATE, 0)).isFalse();
    }

    @Test
    void whatIsGoneIsForgotten() {
        patience.told(Step.PRUNE, 7, BLOCKED, false);
        patience.told(Step.ROTATE, 0, new RotateOutcome.SkippedBusy(List.of()), false);
        patience.keep(List.of(8L));
        assertThat(patience.skips(Step.PRUNE, 7)).isFalse();
        assertThat(patience.skips(Step.ROTATE, 0)).isTrue();
    }

    private int skipped(Step step, long number) {
        int n = 0;
        while (patience.skips(step, number)) {
            n++;
        }
        return n;
    }
}
