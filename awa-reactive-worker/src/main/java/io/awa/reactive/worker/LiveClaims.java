package io.awa.reactive.worker;

import io.awa.reactive.engine.Claim;
import io.awa.reactive.engine.CounterRange;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The claims this process has in hand: from before one is sent until every member of it is decided, lost answers and
 * replays included. Each beat tells the database, and what the process does not name is taken for lost. So a claim's nonce
 * is handed out and noted in one step: a list made in between would say "used, and not mine".
 *
 * <p>Threads: any.
 */
final class LiveClaims {

    /** Ranges in a list: the worker's row stays below the size at which it would be stored in pieces. */
    static final int RANGES = 48;

    private static final int UNANSWERED = Integer.MAX_VALUE;
    private static final long CIRCLE = 1L << 32;
    private static final long HALF = 1L << 31;

    private final Nonces nonces;
    private final Map<Long, Integer> open = new HashMap<>();

    LiveClaims(Nonces nonces) {
        this.nonces = nonces;
    }

    /** A nonce for a claim that is about to be sent. */
    synchronized long begin() {
        long nonce = nonces.next();
        open.put(nonce, UNANSWERED);
        return nonce;
    }

    /** The claim took nothing, or was never made. */
    synchronized void none(long nonce) {
        open.remove(nonce);
    }

    /** The claim took jobs; before any of them is handed on. */
    synchronized void holds(Claim claim) {
        open.put(claim.nonce(), claim.size());
    }

    /** A member is off this process's hands: it has an end, went back, or is left to rescue. Once a member. */
    synchronized void decided(Claim claim) {
        open.computeIfPresent(claim.nonce(), (nonce, members) -> members == 1 ? null : members - 1);
    }

    /**
     * Counters of the claims in hand, and of all that are not used yet. Counters come round, so "not used yet" is the half
     * of the circle before the next one. Where there are too many ranges the nearest are joined.
     */
    List<CounterRange> ranges() {
        long[] offsets;
        long base;
        synchronized (this) {
            base = nonces.following() + HALF;
            offsets = new long[open.size()];
            int i = 0;
            for (long nonce : open.keySet()) {
                offsets[i++] = Math.floorMod(nonce - base, CIRCLE);
            }
        }
        Arrays.sort(offsets);
        return placed(joined(offsets), base);
    }

    // Offsets from the base ascend with age's opposite; the unused ones are the upper half.
    private static List<CounterRange> joined(long[] offsets) {
        List<CounterRange> ranges = new ArrayList<>();
        long[] gaps = new long[offsets.length];
        for (int i = 0; i < offsets.length; i++) {
            long next = i + 1 < offsets.length ? offsets[i + 1] : HALF;
            gaps[i] = next - offsets[i] - 1;
        }
        long widest = 0;
        if (offsets.length > RANGES - 2) {
            long[] sorted = gaps.clone();
            Arrays.sort(sorted);
            // The gaps that stay are the widest ones; as many as there are ranges to tell.
            widest = sorted[sorted.length - (RANGES - 2)];
        }
        long from = -1;
        int left = RANGES - 2;
        for (int i = 0; i < offsets.length; i++) {
            if (from < 0) {
                from = offsets[i];
            }
            if (gaps[i] > 0 && gaps[i] >= widest && left > 0) {
                ranges.add(new CounterRange(from, offsets[i] + 1));
                from = -1;
                left--;
            }
        }
        ranges.add(new CounterRange(from < 0 ? HALF : from, CIRCLE));
        return ranges;
    }

    private static List<CounterRange> placed(List<CounterRange> ranges, long base) {
        List<CounterRange> placed = new ArrayList<>();
        for (CounterRange range : ranges) {
            long from = Math.floorMod(base + range.from(), CIRCLE);
            long to = from + range.to() - range.from();
            placed.add(new CounterRange(from, Math.min(to, CIRCLE)));
            if (to > CIRCLE) {
                placed.add(new CounterRange(0, to - CIRCLE));
            }
        }
        return placed;
    }
}
