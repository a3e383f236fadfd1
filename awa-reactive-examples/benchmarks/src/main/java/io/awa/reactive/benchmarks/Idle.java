package io.awa.reactive.benchmarks;

import io.awa.reactive.Awa;
import io.awa.reactive.job.JobType;
import io.awa.reactive.worker.AwaWorker;
import io.awa.reactive.worker.AwaWorkerBuilder;
import io.awa.reactive.worker.Outcome;
import io.awa.reactive.worker.Role;
import io.awa.reactive.worker.RunningWorker;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import reactor.core.publisher.Mono;

/**
 * What a worker asks the database for while it has no jobs. Counted where statements are sent, on all its connections.
 * {@code idle_statements_per_s} is all that a worker with default settings sends, for each of its queues;
 * {@code idle_statements_leader_per_s} is what the one process of a schema that leads sends beside that, however many
 * processes and queues there are.
 */
final class Idle {

    private static final Duration SETTLING = Duration.ofSeconds(3);
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private Idle() {}

    static void measure(Bench bench, Report report) {
        int seconds = bench.options().latency.idle;
        int queues = bench.options().latency.queues;
        if (seconds == 0) {
            return;
        }
        bench.say("counting statements of idle workers, twice for %d s", seconds);
        Map<String, Double> follows = counted(bench, seconds, queues, false);
        Map<String, Double> leads = counted(bench, seconds, queues, true);
        double own = follows.values().stream().mapToDouble(d -> d).sum();
        double all = leads.values().stream().mapToDouble(d -> d).sum();
        report.put("idle_queues", queues)
                .put("idle_statements_per_s", own / queues)
                .put("idle_statements_worker_per_s", own)
                .put("idle_statements_leader_per_s", all - own)
                .put("idle_by_statement", rounded(follows))
                .put("idle_by_statement_leading", rounded(leads));
    }

    private static Map<String, Double> counted(Bench bench, int seconds, int queues, boolean leads) {
        StatementCount count = new StatementCount(bench.connections());
        try (Stage stage = bench.stage()) {
            RunningWorker leader = leads ? null : leader(stage);
            Awa awa = Awa.builder(count).schema(stage.schema()).build();
            AwaWorkerBuilder builder = AwaWorker.builder(awa).name("idle");
            for (int i = 0; i < queues; i++) {
                JobType<Payload> type = JobType.of("idle" + i, Payload.class).queue("idle" + i);
                builder.handle(type, job -> Mono.just(Outcome.done()));
                Objects.requireNonNull(
                        awa.enqueue(type.with(new Payload(i, ""))).block());
            }
            RunningWorker worker = started(builder);
            Pause.until(
                    () -> worker.stats().completed() == queues,
                    () -> worker.stats().completed(),
                    PATIENCE);
            Pause.until(() -> !leads || worker.epoch() > 0, worker::epoch, PATIENCE);
            Pause.of(SETTLING);
            count.reset();
            Pause.of(Duration.ofSeconds(seconds));
            Map<String, Double> rates = count.rates(seconds);
            worker.drain(PATIENCE).block();
            awa.close().block();
            if (leader != null) {
                leader.drain(PATIENCE).block();
            }
            return rates;
        }
    }

    private static RunningWorker leader(Stage stage) {
        RunningWorker leader = started(AwaWorker.builder(stage.awa()).roles(Role.MAINTENANCE));
        Pause.until(() -> leader.epoch() > 0, leader::epoch, PATIENCE);
        return leader;
    }

    private static RunningWorker started(AwaWorkerBuilder builder) {
        return Objects.requireNonNull(builder.build().start().block());
    }

    private static Map<String, Object> rounded(Map<String, Double> rates) {
        Report report = new Report();
        rates.forEach(report::put);
        return report.fields();
    }
}
