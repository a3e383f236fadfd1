package io.awa.reactive.benchmarks;

import io.awa.reactive.Awa;
import io.awa.reactive.worker.RunningWorker;
import io.awa.reactive.worker.WorkerStats;
import io.r2dbc.spi.ConnectionFactories;
import java.io.BufferedOutputStream;
import java.io.BufferedReader;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import tools.jackson.databind.json.JsonMapper;

/**
 * The workers of the latency scenario in a process of their own. Tells what happened when as records of a byte, an int and
 * a long, in nanoseconds of a clock that processes of one machine share; drains when its input ends.
 */
public final class LatencyWorker {

    static final byte CLOCK = 0;
    static final byte STARTED = 1;
    static final byte ENDED = 2;
    static final byte CLAIMS = 3;
    static final byte FLUSHES = 4;

    private static final Duration TELL = Duration.ofMillis(20);
    private static final int BUFFER = 1 << 16;
    private static final int LOOKS = 20;

    private final DataOutputStream out;

    private LatencyWorker(PrintStream told) {
        out = new DataOutputStream(new BufferedOutputStream(told, BUFFER));
    }

    /**
     * What it is to do.
     *
     * @param url      of the database
     * @param schema   of the queue
     * @param settings of the workers
     */
    record Orders(String url, String schema, Picking.Settings settings) {}

    /**
     * Runs until its input ends.
     *
     * @param args none
     * @throws IOException if the input cannot be read
     */
    public static void main(String[] args) throws IOException {
        PrintStream told = System.out;
        // Whoever else prints something is not to be read as a record.
        System.setOut(System.err);
        new LatencyWorker(told).run(new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)));
        System.exit(0);
    }

    /** System.nanoTime less the time of day: the same in all processes where they share that clock. */
    static long clock() {
        long best = Long.MAX_VALUE;
        long clock = 0;
        for (int i = 0; i < LOOKS; i++) {
            long before = System.nanoTime();
            long millis = System.currentTimeMillis();
            long after = System.nanoTime();
            if (after - before < best) {
                best = after - before;
                clock = before - millis * 1_000_000;
            }
        }
        return clock;
    }

    private void run(BufferedReader input) throws IOException {
        Orders orders = JsonMapper.shared().readValue(input.readLine(), Orders.class);
        Awa awa = Awa.builder(ConnectionFactories.get(orders.url()))
                .schema(orders.schema())
                .build();
        RunningWorker worker = Picking.start(
                awa, orders.settings(), (id, at) -> tell(STARTED, id, at), (id, at) -> tell(ENDED, id, at));
        tell(CLOCK, 0, clock());
        Disposable telling =
                Flux.interval(Duration.ZERO, TELL).onBackpressureDrop().subscribe(tick -> flush());
        while (input.readLine() != null) {
            // Only the end counts.
        }
        worker.drain(Duration.ofSeconds(20)).block();
        telling.dispose();
        WorkerStats stats = worker.stats();
        tell(CLAIMS, 0, stats.claims());
        tell(FLUSHES, 0, stats.flushes());
        flush();
        awa.close().block();
    }

    private synchronized void tell(byte what, int id, long value) {
        try {
            out.writeByte(what);
            out.writeInt(id);
            out.writeLong(value);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private synchronized void flush() {
        try {
            out.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
