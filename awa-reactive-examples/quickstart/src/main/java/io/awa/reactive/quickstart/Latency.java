package io.awa.reactive.quickstart;

import java.util.ArrayDeque;
import java.util.Deque;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;

/**
 * Percentiles in milliseconds.
 *
 * @param p50 the median
 * @param p95 95 of 100 are at most this
 * @param p99 99 of 100 are at most this
 * @param max the longest
 */
record Latency(double p50, double p95, double p99, double max) {

    private static final double MICROS = 1_000;

    static Latency of(Histogram histogram) {
        return new Latency(
                histogram.getValueAtPercentile(50) / MICROS,
                histogram.getValueAtPercentile(95) / MICROS,
                histogram.getValueAtPercentile(99) / MICROS,
                histogram.getMaxValue() / MICROS);
    }

    /** The last frames of a recorder, and all of it. Used by one frame after the other. */
    static final class Window {

        private static final int FRAMES = 15;

        private final Recorder recorder;
        private final Deque<Histogram> frames = new ArrayDeque<>();
        private final Histogram total = new Histogram(1, Tally.LONGEST_MICROS, 2);

        Window(Recorder recorder) {
            this.recorder = recorder;
        }

        /** The percentiles of the last frames, this one included. */
        Latency next() {
            Histogram oldest = frames.size() < FRAMES ? null : frames.poll();
            Histogram newest = recorder.getIntervalHistogram(oldest);
            total.add(newest);
            frames.add(newest);
            Histogram sum = new Histogram(1, Tally.LONGEST_MICROS, 2);
            frames.forEach(sum::add);
            return of(sum);
        }

        Latency total() {
            return of(total);
        }
    }
}
