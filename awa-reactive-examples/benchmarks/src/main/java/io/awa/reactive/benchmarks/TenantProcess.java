package io.awa.reactive.benchmarks;

import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** A process of {@link TenantWorker}, and what it has said so far. */
final class TenantProcess implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Queue<KeyIntervals.Interval> attempts = new ConcurrentLinkedQueue<>();
    private final Child child;
    private volatile boolean ready;

    private TenantProcess(Replica.Orders orders) {
        this.child = Child.start(TenantWorker.class, orders, Child.lines(this::hear), "-Xmx256m");
    }

    static TenantProcess start(Bench bench, Stage stage, int processes, int number) {
        return new TenantProcess(Replica.Orders.of(bench, stage, processes, "tenants " + number));
    }

    void await() {
        if (!Pause.until(() -> ready || !child.isAlive(), () -> 0, PATIENCE) || !ready) {
            throw new IllegalStateException("a worker process did not start");
        }
    }

    /** What it has told since the last call. */
    void drainTo(KeyIntervals all) {
        for (KeyIntervals.Interval one = attempts.poll(); one != null; one = attempts.poll()) {
            all.add(one);
        }
    }

    @Override
    public void close() {
        child.close();
    }

    private void hear(String line) {
        String[] words = line.split(" ");
        if (words.length == 4) {
            attempts.add(new KeyIntervals.Interval(
                    words[0], Long.parseLong(words[1]), Long.parseLong(words[2]), Long.parseLong(words[3])));
        } else if (line.equals("ready")) {
            ready = true;
        }
    }
}
