package io.awa.reactive.chaos;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** What producers asked for and were told, by the clock of this machine, which is also the database's. */
final class Stored {

    private static final int RECENT = 400;

    private final AtomicLong refused = new AtomicLong();
    private final AtomicLong committed = new AtomicLong();
    private final long[] recent = new long[RECENT];
    private final List<Transaction> transactions = new ArrayList<>();
    private int next;
    private volatile @Nullable Throwable last;

    /** A commit is about to be asked for. */
    Moment asked() {
        return new Moment(now());
    }

    /** Nothing of it can have been committed. */
    void rolledBack(List<Long> ids) {
        add(new Transaction(now(), now(), Fate.ABORTED, array(ids)), false);
    }

    /** The database was away, or said no. */
    void refused(Throwable error) {
        refused.incrementAndGet();
        last = error;
        for (Throwable at = error; at != null; at = at.getCause()) {
            if (at instanceof TimeoutException) {
                System.err.println("chaos: a long wait: " + error);
            }
        }
    }

    long refusals() {
        return refused.get();
    }

    @Nullable
    Throwable lastRefusal() {
        return last;
    }

    /** Jobs whose commit was answered. */
    long jobs() {
        return committed.get();
    }

    /** A job that was stored lately; 0 where none was. */
    synchronized long some(SplittableRandom random) {
        return recent[random.nextInt(RECENT)];
    }

    /** All transactions that are not forgotten. */
    synchronized List<Transaction> all() {
        return List.copyOf(transactions);
    }

    synchronized void forget() {
        transactions.clear();
        Arrays.fill(recent, 0);
    }

    private synchronized void add(Transaction transaction, boolean forOperators) {
        transactions.add(transaction);
        if (transaction.fate == Fate.COMMITTED) {
            committed.addAndGet(transaction.ids.length);
        }
        if (forOperators) {
            for (long id : transaction.ids) {
                recent[next++ % RECENT] = id;
            }
        }
    }

    static long now() {
        return ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
    }

    private static long[] array(List<Long> ids) {
        return ids.stream().mapToLong(Long::longValue).toArray();
    }

    /** When a commit was asked for. */
    final class Moment {
        private final long at;

        private Moment(long at) {
            this.at = at;
        }

        void committed(List<Long> ids) {
            add(new Transaction(at, now(), Fate.COMMITTED, array(ids)), true);
        }

        /** The same, of jobs that no operator is to touch. */
        void committedAlone(List<Long> ids) {
            add(new Transaction(at, now(), Fate.COMMITTED, array(ids)), false);
        }

        void unanswered(List<Long> ids) {
            add(new Transaction(at, Long.MAX_VALUE, Fate.UNKNOWN, array(ids)), false);
        }
    }

    /** What is known of a transaction. */
    enum Fate {
        COMMITTED,
        ABORTED,
        UNKNOWN
    }

    /**
     * A transaction that stored jobs.
     *
     * @param asked    when its commit was asked for, in microseconds
     * @param answered and answered; never: the largest number
     */
    record Transaction(long asked, long answered, Fate fate, long[] ids) {}
}
