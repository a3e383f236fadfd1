package io.awa.reactive.quickstart;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;

/** How fast counters moved: over the last second, and as cells of a sparkline. Used by one frame after the other. */
final class Pace {

    static final int CELLS = 50;

    private static final int FRAMES = 5;
    private static final int FRAMES_A_CELL = 2;
    private static final double NANOS = 1e9;

    private final Deque<Mark> marks = new ArrayDeque<>();
    private final Deque<Double> throughput = new ArrayDeque<>(Collections.nCopies(CELLS, 0.0));
    private final Deque<Double> backlog = new ArrayDeque<>(Collections.nCopies(CELLS, 0.0));
    private int frames;

    void next(Mark mark, long waiting) {
        marks.add(mark);
        while (marks.size() > FRAMES + 1) {
            marks.poll();
        }
        if (++frames % FRAMES_A_CELL == 0) {
            Mark before = new ArrayList<>(marks).get(Math.max(0, marks.size() - 1 - FRAMES_A_CELL));
            push(throughput, Math.max(0, mark.ended - before.ended) / seconds(before, mark));
            push(backlog, waiting);
        }
    }

    double enqueuedPerSecond() {
        return (last().enqueued - first().enqueued) / seconds(first(), last());
    }

    double endedPerSecond() {
        return (last().ended - first().ended) / seconds(first(), last());
    }

    double jobsPerClaim() {
        return (double) (last().claimed - first().claimed) / Math.max(1, last().claims - first().claims);
    }

    double jobsPerCommit() {
        return (double) (last().ended - first().ended) / Math.max(1, last().flushes - first().flushes);
    }

    List<Double> throughput() {
        return List.copyOf(throughput);
    }

    List<Double> backlog() {
        return List.copyOf(backlog);
    }

    private Mark first() {
        return marks.getFirst();
    }

    private Mark last() {
        return marks.getLast();
    }

    private static void push(Deque<Double> cells, double value) {
        cells.poll();
        cells.add(value);
    }

    private static double seconds(Mark from, Mark to) {
        return Math.max(0.05, (to.nanos - from.nanos) / NANOS);
    }

    /**
     * Counters at one moment.
     *
     * @param nanos    the moment
     * @param enqueued jobs stored
     * @param ended    jobs ended
     * @param claimed  jobs claimed
     * @param claims   claim statements that were sent
     * @param flushes  completion statements that were sent
     */
    record Mark(long nanos, long enqueued, long ended, long claimed, long claims, long flushes) {}
}
