package io.awa.reactive.testkit;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Records what producers, claimers and closers of a queue asked and were told, and judges whether a queue that keeps its
 * promises could have answered so. It knows nothing of the database: a fault of the storage, of the client or of the
 * test that drives them shows as a contradiction between facts.
 *
 * <p>A fact is recorded where it happens: the request right before it is sent, the answer right after it came. A request
 * whose answer never came is left as it is: it may have happened or not. The order of these calls is the only clock.
 *
 * <pre>{@code
 * HistoryChecker history = new HistoryChecker();
 * HistoryChecker.Storing commit = history.commitRequested(ids);
 * connection.commitTransaction().block();
 * commit.answered();
 * }</pre>
 *
 * <p>What is judged is named by {@link HistoryVerdict.Rule}. Without {@link #finalState()} the answers alone say how jobs
 * ended; with it, what was read from the database decides, and the answers must agree with it.
 *
 * <p>Recording is safe on any thread and never blocks for long; {@link #judge()} is called once, when all threads have
 * ended. A million jobs in batches take a few seconds and a few hundred megabytes.
 */
public final class HistoryChecker {

    /** A job's id is {@code lane << LANE_SHIFT | number}; ids of a lane ascend in the order they were handed out. */
    public static final int LANE_SHIFT = 41;

    final List<Storing> stores = new ArrayList<>();
    final List<Claiming> claims = new ArrayList<>();
    final List<Settling> settles = new ArrayList<>();
    final List<Cancelling> cancels = new ArrayList<>();
    final List<Rescue> rescues = new ArrayList<>();
    final List<Long> crashes = new ArrayList<>();
    private final AtomicLong clock = new AtomicLong();
    final Set<Long> untold = ConcurrentHashMap.newKeySet();
    final Set<Long> takenBack = ConcurrentHashMap.newKeySet();
    private final LifeHistory life = new LifeHistory();
    private @Nullable Found found;

    /** How a member of a claim ends: what becomes of the position; {@link LifeHistory} follows the job. */
    public enum End {
        /** Done. */
        COMPLETED,
        /** Failed for good. */
        FAILED,
        /** Cancelled while it ran. */
        CANCELLED,
        /** Given back unstarted: the job is available again. */
        RELEASED,
        /** Over for this attempt; the job comes back at another position. */
        RETRIED,
        /** The same, and the attempt does not count. */
        SNOOZED,
        /** The attempt goes on elsewhere. */
        HELD,
        /** Failed for good, as a dead letter. */
        DEAD;

        boolean isTerminal() {
            return this != RELEASED;
        }
    }

    /**
     * The name of a claim.
     *
     * @param segment where its bodies are
     * @param lane    the lane
     * @param no      the row of the lane's ledger
     * @param nonce   never used by two claims
     */
    public record Token(long segment, int lane, long no, long nonce) {}

    /**
     * One member and the end it is to have.
     *
     * @param token   its claim
     * @param ordinal its place in the claim, from 0
     * @param end     how it ends
     */
    public record Member(Token token, int ordinal, End end) {}

    /**
     * A producer asks for the commit of a transaction that stored jobs, or sends a statement that stores and commits.
     *
     * @param ids the jobs; none where only the answer tells them
     */
    public Storing commitRequested(long... ids) {
        return add(stores, new Storing(tick(), ids.clone()));
    }

    /** A claim is about to be sent. */
    public Claiming claimBegun() {
        return add(claims, new Claiming(tick()));
    }

    /**
     * A claim of somebody who records nothing, as the database shows it. Such a one gives nothing back.
     *
     * @param since  a claim that began before
     * @param taken  the jobs by ordinal
     */
    public void witnessed(Claiming since, Token name, long... taken) {
        add(claims, new Claiming(since.begun)).answered(name, taken);
    }

    /**
     * A claim was answered, and a crash took it back. Where others claim who record nothing, some of theirs may be gone
     * without a trace: what this one passed over, one of those may have held.
     */
    public void takenBack(long nonce) {
        takenBack.add(nonce);
    }

    /**
     * A closer, or a release, is about to send members.
     *
     * @param closer names the call; the same for every try of it, and for nothing else
     */
    public Settling settleSent(long closer, List<Member> members) {
        return add(settles, new Settling(tick(), closer, List.copyOf(members)));
    }

    /** A cancel of available jobs is about to be sent. */
    public Cancelling cancelSent(long... ids) {
        return add(cancels, new Cancelling(tick(), ids.clone()));
    }

    /** The attempt is about to be taken from its worker: the job may be offered again. */
    public void rescued(Token token, int ordinal) {
        add(rescues, new Rescue(tick(), token, ordinal));
    }

    /** What this closer ends nobody is told: the final state alone knows. */
    public void untold(long closer) {
        untold.add(closer);
    }

    /** The server died and has not been started again yet: claims whose commit was not waited for may be lost. */
    public void crashed() {
        add(crashes, tick());
        life.crashed();
    }

    /** What the database holds at the end, when everything was drained. Replaces what was found before. */
    public Found finalState() {
        Found fresh = new Found();
        found = fresh;
        return fresh;
    }

    /** What became of jobs beyond their claims; nothing where nobody tells it. */
    public LifeHistory life() {
        return life;
    }

    /** Judges the history. Call it when no thread records any more. */
    public HistoryVerdict judge() {
        HistoryVerdict verdict = new HistoryJudge(this).judge();
        return life.isEmpty() ? verdict : verdict.and(new LifeJudge(life).judge());
    }

    @Nullable
    Found found() {
        return found;
    }

    private long tick() {
        return clock.incrementAndGet();
    }

    private static <T> T add(List<T> events, T event) {
        synchronized (events) {
            events.add(event);
        }
        return event;
    }

    /** A request and the moment of its answer. */
    abstract class Event {
        final long begun;
        volatile long ended = Long.MAX_VALUE;

        Event(long begun) {
            this.begun = begun;
        }

        final void end() {
            if (ended != Long.MAX_VALUE) {
                throw new IllegalStateException("answered twice: " + this);
            }
            ended = tick();
        }

        final boolean isOpen() {
            return ended == Long.MAX_VALUE;
        }

        final String span() {
            return begun + (isOpen() ? ".. no answer: " : ".." + ended + ": ");
        }
    }

    /** A producer's transaction. */
    public final class Storing extends Event {
        volatile long[] ids;
        volatile boolean aborted;

        private Storing(long begun, long[] ids) {
            super(begun);
            this.ids = ids;
        }

        /** The commit was answered: the jobs are durable. */
        public void answered() {
            end();
        }

        /** The statement was answered: these jobs are durable. */
        public void answered(long... stored) {
            ids = stored.clone();
            end();
        }

        /** It is known that nothing of it was committed. */
        public void aborted() {
            aborted = true;
            end();
        }

        @Override
        public String toString() {
            return span() + (aborted ? "aborted " : "stored ") + shortened(ids);
        }
    }

    /** A claim. */
    public final class Claiming extends Event {
        volatile @Nullable Token token;
        volatile long[] positions = {};

        private Claiming(long begun) {
            super(begun);
        }

        /**
         * It took jobs, and its commit was answered, or a later question found it.
         *
         * @param taken the jobs by ordinal
         */
        public void answered(Token name, long... taken) {
            token = name;
            positions = taken.clone();
            end();
        }

        Token name() {
            return Objects.requireNonNull(token, "took nothing");
        }

        /** It took nothing, or is known not to have been committed. */
        public void nothing() {
            end();
        }

        @Override
        public String toString() {
            return span() + (token == null ? "claimed nothing" : "claimed as " + token + " " + shortened(positions));
        }
    }

    /** A call of a closer. */
    public final class Settling extends Event {
        final long closer;
        final List<Member> members;
        volatile boolean @Nullable [] accepted;
        volatile boolean aborted;

        private Settling(long begun, long closer, List<Member> members) {
            super(begun);
            this.closer = closer;
            this.members = members;
        }

        /**
         * It was committed and answered.
         *
         * @param answers for each member in order, whether this closer ended it; false: its token was stale
         */
        public void answered(boolean... answers) {
            if (answers.length != members.size()) {
                throw new IllegalArgumentException(answers.length + " answers for " + members.size() + " members");
            }
            accepted = answers.clone();
            end();
        }

        /** It is known that nothing of it was committed. */
        public void aborted() {
            aborted = true;
            end();
        }

        String describe(int i) {
            boolean[] answers = accepted;
            return span() + "closer " + closer + " sent " + members.get(i)
                    + (answers != null ? answers[i] ? ": ACCEPTED" : ": STALE" : aborted ? ": aborted" : "");
        }

        @Override
        public String toString() {
            return span() + "closer " + closer + " sent " + members.size() + " members";
        }
    }

    /** A cancel of available jobs. */
    public final class Cancelling extends Event {
        final long[] ids;
        volatile long[] cancelled = {};

        private Cancelling(long begun, long[] ids) {
            super(begun);
            this.ids = ids;
        }

        /** It was committed and cancelled these. */
        public void answered(long... done) {
            cancelled = done.clone();
            end();
        }

        /** It is known that nothing of it was committed. */
        public void aborted() {
            end();
        }

        @Override
        public String toString() {
            return span() + "cancel of " + shortened(ids) + " cancelled " + shortened(cancelled);
        }
    }

    /** What was read from the database at the end. Safe on any thread. */
    public final class Found {
        final List<long[]> stored = new ArrayList<>();
        final List<long[]> cancelled = new ArrayList<>();
        final List<Ended> ends = new ArrayList<>();
        final List<String> segments = new ArrayList<>();

        private Found() {}

        /** These jobs were committed. */
        public void stored(long... ids) {
            add(stored, ids.clone());
        }

        /** These jobs were cancelled while they were available. */
        public void cancelled(long... ids) {
            add(cancelled, ids.clone());
        }

        /** This member was ended, by this closer. */
        public void ended(long nonce, int ordinal, End end, long closer) {
            add(ends, new Ended(nonce, ordinal, end, closer));
        }

        /** A segment that was to be reclaimed is still there. */
        public void segmentLeft(String description) {
            add(segments, description);
        }
    }

    record Ended(long nonce, int ordinal, End end, long closer) {}

    record Rescue(long at, Token token, int ordinal) {}

    private static String shortened(long[] ids) {
        int shown = Math.min(ids.length, 8);
        String text = Arrays.toString(Arrays.copyOf(ids, shown));
        return shown == ids.length ? text : text + " and " + (ids.length - shown) + " more";
    }
}
