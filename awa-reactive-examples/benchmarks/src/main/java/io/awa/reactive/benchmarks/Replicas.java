package io.awa.reactive.benchmarks;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A backlog worked off by the same number of workers in one, two and four processes. A job keeps its worker for a while, as
 * one that calls somebody does, so the workers are what limits; without that, the processors are.
 */
final class Replicas implements Scenario {

    private static final int JOBS = 300_000;
    private static final int[] PROCESSES = {1, 2, 4};
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int ROUNDS = 3;

    @Override
    public void run(Bench bench, Report report) {
        int jobs = bench.options().jobs(JOBS);
        double[] rates = new double[PROCESSES.length];
        List<Object> runs = new ArrayList<>();
        for (int i = 0; i < PROCESSES.length; i++) {
            Report one = new Report();
            rates[i] = measured(bench, PROCESSES[i], jobs, one);
            runs.add(one.fields());
        }
        report.put("jobs", jobs)
                .put("workers_in_all", bench.options().workers)
                .put("handler_ms", bench.options().handlerMillis)
                .put("runs", runs)
                .put("ratio_2_to_1", rates[1] / rates[0])
                .put("ratio_4_to_1", rates[2] / rates[0]);
    }

    /**
     * The best of some rounds. Each process compiles for itself, so there are as many rounds before those as there are
     * processes: each has done the same number of jobs by then.
     */
    private static double measured(Bench bench, int processes, int jobs, Report report) {
        List<Double> rates = new ArrayList<>();
        Ledger ledger = new Ledger();
        try (Stage stage = bench.stage()) {
            stage.load(1, ledger);
            List<Worker> children = IntStream.range(0, processes)
                    .mapToObj(i -> Worker.start(bench, stage, processes, i))
                    .toList();
            try {
                for (int round = 1 - processes; round <= ROUNDS; round++) {
                    double rate = round(bench, stage, children, jobs, ledger);
                    rates.add(rate);
                    bench.say("%d processes, round %d: %,.0f jobs/s", processes, round, rate);
                }
            } finally {
                children.forEach(Worker::close);
            }
            long completed = children.stream().mapToLong(Worker::completed).sum();
            Litter litter = Litter.now(bench.probe(), stage.schema());
            report.put("processes", processes)
                    .put("workers_each", bench.options().workers / processes)
                    .put("rounds", rates)
                    .put(
                            "completed_by_process",
                            children.stream().map(Worker::completed).toList())
                    .put("lost", ledger.enqueuedCount() - completed)
                    .put("depth_after", stage.depth())
                    .put("dead_tuples_job_tables", litter.jobTables());
        }
        double best = rates.stream().skip(processes).mapToDouble(r -> r).max().orElse(Double.NaN);
        report.put("jobs_per_s", best);
        return best;
    }

    // The queue is paused while the backlog comes, so that all begin together.
    private static double round(Bench bench, Stage stage, List<Worker> children, int jobs, Ledger ledger) {
        String queue = Payload.TYPE.queue();
        done(children, ledger);
        stage.awa().admin().pause(queue, "bench").block();
        stage.load(jobs, ledger);
        long begin = System.nanoTime();
        stage.awa().admin().resume(queue).block();
        long end = done(children, ledger);
        return jobs / ((end - begin) / 1e9);
    }

    private static long done(List<Worker> children, Ledger ledger) {
        boolean all =
                Pause.until(() -> completed(children) >= ledger.enqueuedCount(), () -> completed(children), PATIENCE);
        if (!all) {
            throw new IllegalStateException(completed(children) + " of " + ledger.enqueuedCount() + " jobs were done");
        }
        return children.stream().mapToLong(child -> child.changedAt).max().orElseThrow();
    }

    private static long completed(List<Worker> children) {
        return children.stream().mapToLong(Worker::completed).sum();
    }

    /** A process that works. */
    private static final class Worker implements AutoCloseable {

        private final Child child;
        private volatile long completed;
        private volatile long changedAt;

        private Worker(Replica.Orders orders) {
            this.child = Child.start(Replica.class, orders, Child.lines(this::hear), "-Xmx512m");
        }

        static Worker start(Bench bench, Stage stage, int processes, int number) {
            return new Worker(Replica.Orders.of(bench, stage, processes, "replica " + number));
        }

        long completed() {
            return completed;
        }

        @Override
        public void close() {
            child.close();
        }

        private void hear(String line) {
            long now = line.matches("[0-9]+") ? Long.parseLong(line) : completed;
            if (now != completed) {
                changedAt = System.nanoTime();
                completed = now;
            }
        }
    }
}
