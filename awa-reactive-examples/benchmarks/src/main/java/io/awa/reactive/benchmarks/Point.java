package io.awa.reactive.benchmarks;

import io.awa.reactive.worker.WorkerStats;

/**
 * All counters at one moment.
 *
 * @param nanos     System.nanoTime
 * @param begun     jobs begun
 * @param completed jobs durably completed
 * @param worker    the worker's counters
 * @param server    the server's
 * @param cpu       time used
 */
record Point(long nanos, long begun, long completed, WorkerStats worker, ServerStats server, Cpu cpu) {

    /** Counters of a worker that has not started. */
    static final WorkerStats UNSTARTED = new WorkerStats(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);

    static Point now(Bench bench, WorkerStats worker, Ledger ledger) {
        Cpu cpu = Cpu.now(bench.probe());
        ServerStats server = ServerStats.now(bench.probe());
        return new Point(System.nanoTime(), ledger.begun(), ledger.completedCount(), worker, server, cpu);
    }

    /** Reports rates and costs of the time between. */
    void since(Point from, Report report) {
        double seconds = (nanos - from.nanos) / 1e9;
        double jobs = completed - from.completed;
        ServerStats spent = server.since(from.server);
        long claims = worker.claims() - from.worker.claims();
        long flushes = worker.flushes() - from.worker.flushes();
        double jvm = cpu.jvmSecondsSince(from.cpu);
        double postgres = cpu.postgresSecondsSince(from.cpu);
        report.put("jobs_per_s", jobs / seconds)
                .put("measured_s", seconds)
                .put("measured_completed", (long) jobs)
                .put("measured_offered", begun - from.begun)
                .put("wal_bytes_per_job", spent.lsn() / jobs)
                .put("wal_records_per_job", spent.records() / jobs)
                .put("wal_full_page_images", spent.images())
                .put("commits_per_job", spent.commits() / jobs)
                .put("claims", claims)
                .put("flushes", flushes)
                .put("jobs_per_claim", jobs / claims)
                .put("jobs_per_flush", jobs / flushes)
                .put("jvm_cpu_s", jvm)
                .put("postgres_cpu_s", postgres)
                .put("jvm_cpu_us_per_job", jvm * 1e6 / jobs)
                .put("postgres_cpu_us_per_job", postgres * 1e6 / jobs);
    }
}
