package io.awa.reactive.benchmarks;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Workers in a process of their own, which tells what happened when. */
final class FarPicking implements Picking {

    private static final Duration START = Duration.ofSeconds(60);
    private static final Duration END = Duration.ofSeconds(40);
    private static final Duration SAME_CLOCK = Duration.ofMillis(20);

    private final Process process;
    private final Journal journal;
    private final CountDownLatch up = new CountDownLatch(1);
    private final Thread reader = new Thread(this::read, "bench-latency");
    private volatile long offNanos = Long.MAX_VALUE;
    private volatile long claims;
    private volatile long flushes;

    private FarPicking(Process process, Journal journal) {
        this.process = process;
        this.journal = journal;
    }

    static FarPicking start(Bench bench, Stage stage, Journal journal) {
        LatencyWorker.Orders orders =
                new LatencyWorker.Orders(bench.url(), stage.schema(), Settings.of(bench.options()));
        FarPicking fresh = new FarPicking(Child.start(LatencyWorker.class, orders), journal);
        fresh.reader.start();
        try {
            if (!fresh.up.await(START.toSeconds(), TimeUnit.SECONDS)) {
                throw new IllegalStateException("the worker's process did not start");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        } finally {
            if (fresh.offNanos > SAME_CLOCK.toNanos()) {
                fresh.process.destroyForcibly();
            }
        }
        if (fresh.offNanos == Long.MAX_VALUE) {
            throw new IllegalStateException("the worker's process ended at once");
        }
        if (fresh.offNanos > SAME_CLOCK.toNanos()) {
            throw new IllegalStateException("System.nanoTime of two processes cannot be compared here");
        }
        return fresh;
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
        try {
            process.getOutputStream().close();
            if (!process.waitFor(END.toSeconds(), TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
            reader.join();
        } catch (IOException e) {
            process.destroyForcibly();
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }

    private void read() {
        try (DataInputStream told = new DataInputStream(new BufferedInputStream(process.getInputStream()))) {
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
                    default -> throw new IOException("the worker's process said " + what);
                }
            }
        } catch (EOFException e) {
            up.countDown();
        } catch (IOException e) {
            // It is gone; what it has told is what counts.
            up.countDown();
        }
    }
}
