package io.awa.reactive.benchmarks;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;

/** What became of each job, by its number. Safe to share. */
final class Ledger {

    private static final int CHUNK_BITS = 20;
    private static final int CHUNK = 1 << CHUNK_BITS;

    private final AtomicInteger next = new AtomicInteger();
    private final Bits executed = new Bits();
    private final Bits completed = new Bits();
    private final AtomicReferenceArray<AtomicLongArray> starts = new AtomicReferenceArray<>(1 << (31 - CHUNK_BITS));
    private final LongAdder enqueuedCount = new LongAdder();
    private final LongAdder completedCount = new LongAdder();
    private final LongAdder duplicateCount = new LongAdder();
    private final Recorder latencies = new Recorder(3);
    private volatile boolean recording;

    /** Numbers for n jobs that start now; answers the first. */
    int begin(int n, long nanoTime) {
        int first = next.getAndAdd(n);
        for (int id = first; id < first + n; id++) {
            chunk(starts, id).setRelease(id & (CHUNK - 1), nanoTime);
        }
        return first;
    }

    void enqueued(long n) {
        enqueuedCount.add(n);
    }

    /** A handler ran. */
    void executed(int id) {
        if (!executed.set(id)) {
            duplicateCount.increment();
        }
    }

    /** Its end is durable. Answers the microseconds since it started, less than 0 where it had ended before. */
    long completed(int id) {
        if (!completed.set(id)) {
            return -1;
        }
        completedCount.increment();
        long nanos = System.nanoTime() - chunk(starts, id).getAcquire(id & (CHUNK - 1));
        long micros = Math.max(0, nanos / 1_000);
        if (recording) {
            latencies.recordValue(micros);
        }
        return micros;
    }

    void record(boolean on) {
        recording = on;
    }

    long enqueuedCount() {
        return enqueuedCount.sum();
    }

    long completedCount() {
        return completedCount.sum();
    }

    /** Jobs executed more than once, counted once for each time too many. */
    long duplicates() {
        return duplicateCount.sum();
    }

    /** Numbers given out. */
    long begun() {
        return next.get();
    }

    /** Reports what was lost and what was done twice. */
    void tell(Report report) {
        report.put("enqueued", enqueuedCount())
                .put("completed", completedCount())
                .put("lost", enqueuedCount() - completedCount())
                .put("duplicates", duplicates());
    }

    /** From the call to enqueue to the durable end, in microseconds, of jobs that ended while recording was on. */
    Histogram latencies() {
        return latencies.getIntervalHistogram();
    }

    private static AtomicLongArray chunk(AtomicReferenceArray<AtomicLongArray> chunks, int id) {
        int index = id >>> CHUNK_BITS;
        AtomicLongArray known = chunks.get(index);
        if (known == null) {
            chunks.compareAndSet(index, null, new AtomicLongArray(CHUNK));
            known = chunks.get(index);
        }
        return known;
    }

    /** A set of ids that grows. */
    static final class Bits {

        private final AtomicReferenceArray<AtomicLongArray> chunks =
                new AtomicReferenceArray<>(1 << (31 - CHUNK_BITS - 6));

        /** False where it was set already. */
        boolean set(int id) {
            AtomicLongArray words = chunk(chunks, id >>> 6);
            int index = (id >>> 6) & (CHUNK - 1);
            long bit = 1L << id;
            long before = words.get(index);
            while ((before & bit) == 0) {
                if (words.compareAndSet(index, before, before | bit)) {
                    return true;
                }
                before = words.get(index);
            }
            return false;
        }

        boolean has(int id) {
            return (chunk(chunks, id >>> 6).get((id >>> 6) & (CHUNK - 1)) & 1L << id) != 0;
        }
    }
}
