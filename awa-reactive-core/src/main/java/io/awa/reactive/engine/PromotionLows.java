package io.awa.reactive.engine;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How far each store is known to be promoted. A walk goes from the low-water to what is due now, in as many rounds as it
 * takes; one that began at the low-water and left nothing behind may raise it, by the rule S6 of {@code 57_promote.sql}. A
 * low-water is a matter of cost alone: without one a walk looks at every entry that ever became due in its store.
 *
 * <p>A transaction that stays open keeps the low-water where it is. Walks that look at much for nothing are made rarer
 * then, in proportion to what they cost; between them the others begin where the last one ended, which misses only what
 * was committed after it was due.
 *
 * <p>For one thread at a time.
 */
final class PromotionLows {

    /** Below the mark by this much, for a clock that is set back by less than the pause between rounds. */
    static final long MARGIN_US = 100_000;

    /** So many rows looked at in vain are worth saving. */
    static final int DEAR = 32_768;

    /** A mark of its own, which costs an xid, is taken for a walk that looked at more than this for nothing. */
    static final int WORTH_A_MARK = 1_024;

    private static final int RARER = 10;

    private final Map<Long, Level> levels = new HashMap<>();
    private long lastAt = Long.MIN_VALUE;

    /** Forgets everything: the connection is another one, or the clock went back. */
    void forget() {
        levels.clear();
        lastAt = Long.MIN_VALUE;
    }

    /** The arguments of the next round. */
    Starts starts() {
        List<Level> known =
                levels.values().stream().filter(level -> level.since != null).toList();
        return new Starts(
                known.stream().map(level -> level.store).toArray(Long[]::new),
                known.stream().map(level -> level.since).toArray(Long[]::new),
                known.stream().map(level -> level.after).toArray(Long[]::new));
    }

    /**
     * Learns from a round; its transaction is committed.
     *
     * @param rounds the round's answer, a row a live store
     * @param nanos  the moment of the answer
     * @param took   how long the round was, in nanoseconds
     */
    void learn(List<Round> rounds, long nanos, long took) {
        if (rounds.stream().anyMatch(round -> round.atUs < lastAt)) {
            forget();
            return;
        }
        rounds.forEach(round -> {
            lastAt = Math.max(lastAt, round.atUs);
            levels.computeIfAbsent(round.store, Level::new).learn(round, nanos, took / rounds.size());
        });
        levels.keySet().retainAll(rounds.stream().map(Round::store).toList());
    }

    /** Whether a walk would be shorter the next time, had there been a mark. */
    boolean wantsMark() {
        return levels.values().stream().anyMatch(level -> level.wantsMark);
    }

    /** A mark that no round brought along: the clock, in microseconds, and an xid taken after it was read. */
    void mark(long atUs, long xid) {
        levels.values().stream().filter(level -> level.wantsMark).forEach(level -> level.mark(atUs, xid));
    }

    /** The low-water of a store in microseconds; null where none is known. */
    @Nullable
    Long low(long store) {
        Level level = levels.get(store);
        return level == null ? null : level.low;
    }

    /**
     * Where walks go on, parallel.
     *
     * @param stores by number
     * @param since  in microseconds
     * @param after  the entry at that time behind which to go on
     */
    record Starts(Long[] stores, Long[] since, Long[] after) {}

    /**
     * What a round did in one store.
     *
     * @param store    its number
     * @param sealed   whether nothing can come into it any more
     * @param promoted how many entries
     * @param seen     how many rows it looked at
     * @param refused  how often somebody stood in the way
     * @param more     whether it did not reach the end
     * @param xmin     of its snapshot
     * @param xid      its transaction; null where it wrote nothing
     * @param atUs     the clock when it began, in microseconds
     * @param lastUs   the due time of the last row it looked at
     * @param last     that row
     */
    record Round(
            long store,
            boolean sealed,
            int promoted,
            int seen,
            int refused,
            boolean more,
            long xmin,
            @Nullable Long xid,
            long atUs,
            @Nullable Long lastUs,
            @Nullable Long last) {}

    /** One store: its low-water, the mark that may become the next one, and the walk under way. */
    private static final class Level {

        private final long store;
        private @Nullable Long low;
        private @Nullable Long markAt;
        private long markXid;

        private @Nullable Long since;
        private long after;
        private boolean begun;
        private boolean fromLow = true;
        private boolean whole = true;
        private boolean sealed;
        private long xmin;
        private long inVain;
        private long cost;
        private long dearUntil;
        private boolean dear;
        private boolean wantsMark;

        Level(long store) {
            this.store = store;
        }

        void learn(Round round, long nanos, long took) {
            if (!begun) {
                begun = true;
                xmin = round.xmin;
                sealed = round.sealed;
            }
            whole &= round.refused == 0;
            inVain += round.seen - round.promoted;
            cost += took;
            if (round.more) {
                since = Objects.requireNonNull(round.lastUs);
                after = Objects.requireNonNull(round.last);
            } else {
                end(round, nanos);
            }
            if (markAt == null && round.xid != null && round.seen > 0) {
                mark(round.atUs, round.xid);
            }
        }

        void mark(long atUs, long xid) {
            markAt = atUs;
            markXid = xid;
            wantsMark = false;
        }

        private void end(Round round, long nanos) {
            if (fromLow) {
                boolean raised = raise(round);
                dear = !raised && inVain > DEAR;
                wantsMark = !raised && markAt == null && inVain > WORTH_A_MARK;
                dearUntil = nanos + RARER * cost;
            }
            fromLow = !dear || nanos - dearUntil >= 0;
            since = fromLow ? low : Long.valueOf(round.atUs - MARGIN_US);
            after = 0;
            begun = false;
            whole = true;
            inVain = 0;
            cost = 0;
        }

        private boolean raise(Round round) {
            if (!whole) {
                return false;
            }
            if (sealed) {
                low = round.atUs;
            } else if (markAt != null && xmin >= markXid) {
                low = markAt - MARGIN_US;
            } else {
                return false;
            }
            markAt = null;
            return true;
        }
    }
}
