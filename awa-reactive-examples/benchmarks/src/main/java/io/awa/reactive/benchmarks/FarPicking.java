package io.awa.reactive.benchmarks;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Workers in a process of their own, which tells what happened when. */
final class FarPicking implements Picking {

    private static final Duration START = Duration.ofSeconds(60);
    private static final Duration SAME_CLOCK = Duration.ofMillis(20);

    private final Child child;
    private final Journal journal;
    private final CountDownLatch up = new CountDownLatch(1);
    private volatile long offNanos = Long.MAX_VALUE;
    private volatile long claims;
    private volatile long flushes;

    private FarPicking(LatencyWorker.Orders orders, Journal journal) {
        this.journal = journal;
        this.child = Child.start(LatencyWorker.class, orders, this::hear);
    }

    static FarPicking start(Bench bench, Stage stage, Journal journal) {
        FarPicking fresh = new FarPicking(
                new LatencyWorker.Orders(bench.url(), stage.schema(), Settings.of(bench.options())), journal);
        try {
            fresh.check();
        } catch (RuntimeException e) {
            fresh.close();
            throw e;
        }
        return fresh;
    }

    private void check() {
        try {
            if (!up.await(START.toSeconds(), TimeUnit.SECONDS)) {
                throw new IllegalStateException("the worker's process did not start");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
        if (offNanos == Long.MAX_VALUE) {
            throw new IllegalStateException("the worker's process ended at once");
        }
        if (offNanos > SAME_CLOCK.toNanos()) {
            throw new IllegalStateException("System.nanoTime of two processes cannot be compared here");
        }
    }

    @Override
    public long claims() {
        return claims;
    }

    @Override
    public long flushes() {
        return flushes;
    }

    @Override
    public void close() {
        child.close();
    }

    // Ends with an EOFException.
    private void hear(InputStream said) throws IOException {
        DataInputStream told = new DataInputStream(new BufferedInputStream(said));
        try {
            while (true) {
                byte what = told.readByte();
                int id = told.readInt();
                long value = told.readLong();
                switch (what) {
                    case LatencyWorker.CLOCK -> {
                        offNanos = Math.abs(LatencyWorker.clock() - value);
                        up.countDown();
                    }
                    case LatencyWorker.STARTED -> journal.started(id, value);
                    case LatencyWorker.ENDED -> journal.ended(id, value);
                    case LatencyWorker.CLAIMS -> claims = value;
                    case LatencyWorker.FLUSHES -> flushes = value;
                    default -> throw new IllegalStateException("the worker's process said " + what);
                }
            }
        } finally {
            up.countDown();
        }
    }
}
