package io.awa.reactive.benchmarks;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;
import org.HdrHistogram.Histogram;

/**
 * When each job was due, its enqueue answered, its handler started and its end durable, by its number and in nanoseconds
 * of one clock. Safe to share; of each time the first that is noted counts.
 */
final class Journal {

    private final AtomicLongArray due;
    private final AtomicLongArray answered;
    private final AtomicLongArray started;
    private final AtomicLongArray ended;
    private final AtomicInteger duplicates = new AtomicInteger();
    private final AtomicInteger endedCount = new AtomicInteger();
    private final AtomicInteger answeredCount = new AtomicInteger();

    Journal(int jobs) {
        due = new AtomicLongArray(jobs);
        answered = new AtomicLongArray(jobs);
        started = new AtomicLongArray(jobs);
        ended = new AtomicLongArray(jobs);
    }

    void due(int id, long nanos) {
        due.set(id, nanos);
    }

    void answered(int id, long nanos) {
        if (answered.compareAndSet(id, 0, nanos)) {
            answeredCount.incrementAndGet();
        }
    }

    void started(int id, long nanos) {
        if (!started.compareAndSet(id, 0, nanos)) {
            duplicates.incrementAndGet();
        }
    }

    void ended(int id, long nanos) {
        if (ended.compareAndSet(id, 0, nanos)) {
            endedCount.incrementAndGet();
        }
    }

    int answeredCount() {
        return answeredCount.get();
    }

    int endedCount() {
        return endedCount.get();
    }

    /** Handlers that ran for a job that had one before. */
    int duplicates() {
        return duplicates.get();
    }

    /** From the answer to the handler's start, where that came later: a claim may see a job before its enqueuer hears. */
    Histogram pickup(int from, int to) {
        return between(answered, started, from, to);
    }

    /** From when it was due to the answer. */
    Histogram enqueue(int from, int to) {
        return between(due, answered, from, to);
    }

    /** From the handler's start to the durable end. */
    Histogram settle(int from, int to) {
        return between(started, ended, from, to);
    }

    /** From when it was due to the durable end. */
    Histogram whole(int from, int to) {
        return between(due, ended, from, to);
    }

    /** Jobs whose handler started before their enqueuer heard that they are stored. */
    int startedFirst(int from, int to) {
        int count = 0;
        for (int id = from; id < to; id++) {
            if (started.get(id) < answered.get(id)) {
                count++;
            }
        }
        return count;
    }

    private static Histogram between(AtomicLongArray first, AtomicLongArray second, int from, int to) {
        Histogram micros = new Histogram(3);
        for (int id = from; id < to; id++) {
            if (first.get(id) != 0 && second.get(id) != 0) {
                micros.recordValue(Math.max(0, second.get(id) - first.get(id)) / 1_000);
            }
        }
        return micros;
    }
}
