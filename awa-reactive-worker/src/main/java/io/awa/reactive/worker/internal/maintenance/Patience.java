package io.awa.reactive.worker.internal.maintenance;

import io.awa.reactive.engine.CarryOutcome;
import io.awa.reactive.engine.FinishOutcome;
import io.awa.reactive.engine.FoldOutcome;
import io.awa.reactive.engine.MaintenanceOutcome;
import io.awa.reactive.engine.PruneOutcome;
import io.awa.reactive.engine.RotateOutcome;
import io.awa.reactive.engine.SealOutcome;
import io.awa.reactive.worker.maintenance.Step;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;

/**
 * When a step on one child is tried again. What met a refused lock or something live is left out for 1, 2, 4 and at most 32
 * ticks; success begins anew; a step that had nothing to do changes nothing. Each child and step has its own count, so one
 * that is stuck delays no other. After so many refusals running a prune may wait for its locks once: a stream of short
 * readers refuses a try that does not wait for ever. For one pass at a time.
 */
final class Patience {

    private static final int CAP = 32;

    private final int escalateAfter;
    private final Map<Key, State> states = new HashMap<>();

    /** @param escalateAfter refusals; 0 for never */
    Patience(int escalateAfter) {
        this.escalateAfter = escalateAfter;
    }

    /** Whether this tick is left out. Asked once a tick. */
    boolean skips(Step step, long number) {
        State state = states.get(new Key(step, number));
        return state != null && state.left-- > 0;
    }

    /** Whether the next try may wait. Only prunes do: other steps are refused by writers, who may take as long as they like. */
    boolean escalates(Step step, long number) {
        State state = states.get(new Key(step, number));
        boolean prunes = step == Step.PRUNE || step == Step.PRUNE_STORE;
        return prunes && escalateAfter > 0 && state != null && state.refusals >= escalateAfter;
    }

    /** @param escalated whether the try was allowed to wait: whatever came of it, counting begins anew */
    void told(Step step, long number, MaintenanceOutcome outcome, boolean escalated) {
        boolean refused = outcome instanceof PruneOutcome.Blocked
                || outcome instanceof SealOutcome.Blocked
                || outcome instanceof CarryOutcome.Blocked;
        if (refused
                || outcome instanceof FinishOutcome.SkippedActive
                || outcome instanceof CarryOutcome.Live
                || outcome instanceof RotateOutcome.SkippedBusy) {
            State state = backOff(step, number);
            state.refusals = refused && !escalated ? state.refusals + 1 : 0;
        } else if (!isIdle(outcome)) {
            states.remove(new Key(step, number));
        }
    }

    /** An error is waited out like a refusal. */
    void failed(Step step, long number) {
        backOff(step, number);
    }

    /** What there is no more is forgotten. */
    void keep(Collection<Long> numbers) {
        HashSet<Long> live = new HashSet<>(numbers);
        states.keySet().removeIf(key -> key.number != 0 && !live.contains(key.number));
    }

    /** A step on no child in particular is worth a try at once. */
    void wake(Step step) {
        states.remove(new Key(step, 0));
    }

    private State backOff(Step step, long number) {
        State state = states.computeIfAbsent(new Key(step, number), key -> new State());
        state.left = Math.min(CAP, 1 << Math.min(state.level, 5));
        state.level++;
        return state;
    }

    private static boolean isIdle(MaintenanceOutcome outcome) {
        return outcome instanceof PruneOutcome.Idle
                || outcome instanceof SealOutcome.Idle
                || outcome instanceof FinishOutcome.Idle
                || outcome instanceof CarryOutcome.Idle
                || outcome instanceof FoldOutcome.Idle
                || outcome instanceof RotateOutcome.Idle
                || outcome instanceof RotateOutcome.SkippedIdle;
    }

    private record Key(Step step, long number) {}

    private static final class State {
        private int level;
        private int left;
        private int refusals;
    }
}
