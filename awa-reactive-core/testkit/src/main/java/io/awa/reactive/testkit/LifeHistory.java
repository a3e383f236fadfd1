package io.awa.reactive.testkit;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The whole life of jobs: what the database itself says of the places they stood in, and what was told to those who ended
 * held attempts, scheduled jobs, and acted on jobs by their ids. {@link HistoryChecker} judges positions one by one; here
 * a job is followed from one place to the next until its life is over. An operator's retry begins a new life.
 *
 * <p>Recording is safe on any thread; the judge comes when all threads have ended.
 */
public final class LifeHistory {

    final List<LifeFact> facts = Collections.synchronizedList(new ArrayList<>());
    final List<Told> tolds = Collections.synchronizedList(new ArrayList<>());
    final List<long[]> attempts = Collections.synchronizedList(new ArrayList<>());
    final List<Scheduling> schedulings = Collections.synchronizedList(new ArrayList<>());
    final Map<Long, Asked> asked = new ConcurrentHashMap<>();
    final Map<Family, Integer> ends = new ConcurrentHashMap<>();
    final List<String> stores = Collections.synchronizedList(new ArrayList<>());
    final Map<Character, Long> outcomes = new TreeMap<>();
    private volatile boolean drained = true;

    /** What somebody who ends places wants to know kept. */
    public enum Answer {
        /** It was told that it ended the attempt, or the place. */
        WON,
        /** It was told that somebody else had. */
        LOST,
        /** No answer came: it may have happened or not. */
        UNKNOWN
    }

    /** What the evidence says. */
    public void fact(LifeFact fact) {
        facts.add(fact);
    }

    /** The number of the running attempt, as the claim told it. */
    public void toldAttempt(long nonce, long position, int attempt) {
        attempts.add(new long[] {nonce, position, attempt});
    }

    /**
     * What an end asks for, before it is sent. Only the first try of a closer is kept.
     *
     * @param closer  names the call and the member in it
     * @param place   the position, or the lease of a held attempt
     * @param delayMs the least delay, in milliseconds; 0 where none is asked for
     * @param errors  how many errors the attempt leaves behind: 0 or 1
     */
    public void asked(long closer, long place, long delayMs, int errors) {
        // A call may ask for two ends of one member; which of them counts is the database's to say.
        asked.merge(key(closer, place), new Asked(delayMs, errors, errors), Asked::or);
    }

    /**
     * The answer to an end of a held attempt, each try.
     *
     * @param closer names the call; the same for every try of it, and for nothing else
     */
    public void settled(long closer, long lease, Answer answer) {
        tolds.add(new Told(closer, lease, true, answer));
    }

    /**
     * The answer to an action on a job by its id, each try.
     *
     * @param closer names the call; the same for every try of it, and for nothing else
     */
    public void acted(long closer, long job, Answer answer) {
        tolds.add(new Told(closer, job, false, answer));
    }

    /**
     * Somebody who records nothing else was told that it ended an attempt of a job.
     *
     * @param family what the high 32 bits of all its closers are
     */
    public void ended(long family, long job) {
        ends.merge(new Family(family, job), 1, Integer::sum);
    }

    /** A transaction that scheduled jobs asks for its commit. */
    public Scheduling scheduled(long... ids) {
        Scheduling scheduling = new Scheduling(ids.clone());
        schedulings.add(scheduling);
        return scheduling;
    }

    /** The server died: numbers that no commit made durable may be handed out once more. */
    void crashed() {
        synchronized (schedulings) {
            schedulings.forEach(scheduling -> scheduling.forgotten |= !Boolean.TRUE.equals(scheduling.committed));
        }
    }

    /** A store that was to be reclaimed is still there. */
    public void storeLeft(String description) {
        stores.add(description);
    }

    /** The run stopped early: jobs may be live at the end. */
    public void stoppedEarly() {
        drained = false;
    }

    /** How many lives ended how, by the code of the last state; after the judgement. */
    public Map<Character, Long> outcomes() {
        return Collections.unmodifiableMap(outcomes);
    }

    boolean isDrained() {
        return drained;
    }

    boolean isEmpty() {
        return facts.isEmpty();
    }

    @Nullable
    Asked of(long closer, long place) {
        return asked.get(key(closer, place));
    }

    /** This closer may bring jobs back before they are due. */
    public void byHand(long closer) {
        asked(closer, LifeJudge.BY_HAND, 0, 0);
    }

    // Closers are unique, and so are the places of one call: a product of both hardly ever meets another.
    private static long key(long closer, long place) {
        return (closer * 0x9E3779B97F4A7C15L ^ place) * 0xC2B2AE3D27D4EB4FL;
    }

    /**
     * What a call asked for, of one place.
     *
     * @param delayMs    the least delay
     * @param errors     the fewest errors it leaves
     * @param mostErrors the most errors it leaves
     */
    record Asked(long delayMs, int errors, int mostErrors) {

        Asked or(Asked other) {
            return new Asked(
                    Math.min(delayMs, other.delayMs),
                    Math.min(errors, other.errors),
                    Math.max(mostErrors, other.mostErrors));
        }
    }

    record Family(long family, long job) {}

    record Told(long closer, long key, boolean lease, Answer answer) {}

    /** A transaction of scheduled jobs. */
    public static final class Scheduling {
        final long[] ids;
        volatile @Nullable Boolean committed;
        volatile boolean forgotten;

        private Scheduling(long[] ids) {
            this.ids = ids;
        }

        /** The commit was answered. */
        public void answered() {
            committed = true;
        }

        /** It is known that nothing of it was committed. */
        public void aborted() {
            committed = false;
        }
    }
}
