package io.awa.reactive.quickstart;

import static io.awa.reactive.quickstart.Snippets.SEND_EMAIL;

import io.awa.reactive.Awa;
import io.awa.reactive.admin.QueueAdmin;
import io.awa.reactive.admin.RateLimit;
import io.awa.reactive.cron.CronExpression;
import io.awa.reactive.cron.CronSchedule;
import io.awa.reactive.cron.MissedFires;
import io.awa.reactive.cron.PutOutcome;
import io.awa.reactive.cron.ScheduleView;
import io.awa.reactive.cron.TickOutcome;
import io.awa.reactive.engine.PruneOutcome;
import io.awa.reactive.engine.Segment;
import io.awa.reactive.job.JobId;
import io.awa.reactive.job.JobLimits;
import io.awa.reactive.quickstart.Snippets.Mailer;
import io.awa.reactive.quickstart.Snippets.SendEmail;
import io.awa.reactive.schema.SchemaMigrator;
import io.awa.reactive.schema.SchemaStatus;
import io.awa.reactive.schema.SqlCatalogue;
import io.awa.reactive.worker.AwaWorker;
import io.awa.reactive.worker.Outcome;
import io.awa.reactive.worker.RunningQueue;
import io.awa.reactive.worker.RunningWorker;
import io.awa.reactive.worker.TickBudget;
import io.awa.reactive.worker.TickReport;
import io.awa.reactive.worker.WorkerHealth;
import io.awa.reactive.worker.maintenance.MaintenanceSignal;
import io.r2dbc.spi.ConnectionFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** As {@link Snippets}: workers, operations, schedules. */
final class WorkerSnippets {

    private final ConnectionFactory connections;
    private final Awa awa;
    private final Mailer mailer;

    WorkerSnippets(ConnectionFactory connections, Awa awa, Mailer mailer) {
        this.connections = connections;
        this.awa = awa;
        this.mailer = mailer;
    }

    static Awa settings(ConnectionFactory connections) {
        // [settings]
        Awa awa = Awa.builder(connections)
                .schema("awa")
                .name("shop")
                .limits(JobLimits.defaults().payloadBytes(64 * 1024))
                .build();
        // [end]
        return awa;
    }

    AwaWorker workerSettings() {
        // [worker-settings]
        AwaWorker worker = AwaWorker.builder(awa)
                .name("mail-1")
                .handle(
                        SEND_EMAIL,
                        job -> mailer.send(job.args())
                                .thenReturn(Outcome.done())
                                .onErrorResume(IllegalArgumentException.class, e -> Mono.just(Outcome.fail(e))))
                .queue("email", q -> q.workers(64).claim(256).poll(Duration.ofMillis(5), Duration.ofMillis(500)))
                .completions(c -> c.batch(1_024).linger(Duration.ofMillis(2)).maxUnsettled(4_096))
                .maintenance(m -> m.rotate(Duration.ofMinutes(10), 1L << 30).retain(Duration.ofHours(1), 4L << 30))
                .heartbeat(Duration.ofSeconds(5))
                .listener((job, outcome, accepted) -> count(job.kind(), accepted))
                .build();
        // [end]
        return worker;
    }

    List<AwaWorker> concurrency() {
        List<AwaWorker> workers = new ArrayList<>();
        {
            // [worker-shared]
            AwaWorker worker = AwaWorker.builder(awa)
                    .handle(SEND_EMAIL, job -> mailer.send(job.args()).thenReturn(Outcome.done()))
                    .sharedWorkers(100)
                    .queue("email", q -> q.minWorkers(10).weight(3))
                    .queue("reports", q -> q.weight(1))
                    .build();
            // [end]
            workers.add(worker);
        }
        {
            // [worker-rate]
            AwaWorker worker = AwaWorker.builder(awa)
                    .handle(SEND_EMAIL, job -> mailer.send(job.args()).thenReturn(Outcome.done()))
                    .queue("email", q -> q.workers(64).rateLimit(RateLimit.perSecond(200)))
                    .build();
            // [end]
            workers.add(worker);
        }
        {
            // [worker-blocking]
            AwaWorker worker = AwaWorker.builder(awa)
                    .handleBlocking(SEND_EMAIL, job -> {
                        sendWithTheOldClient(job.args());
                        return Outcome.done();
                    })
                    .queue("email", q -> q.workers(16))
                    .build();
            // [end]
            workers.add(worker);
        }
        return workers;
    }

    int retune(RunningWorker running) {
        // [running-queue]
        RunningQueue email = running.queue("email").orElseThrow();
        email.workers(32);
        email.rateLimit(RateLimit.perMinute(30));
        // [end]
        return email.workers();
    }

    Mono<Void> settingsOfAQueue() {
        // [queue-settings]
        QueueAdmin queue = awa.admin().queue("email");
        Mono<Void> slower = queue.settings()
                .flatMap(known -> queue.settings(
                        known.workers(16).rateLimit(RateLimit.perSecond(50).fleetWide())));
        Mono<Void> asInTheCode = queue.settings()
                .flatMap(known -> queue.settings(known.workers(null).rateLimit(null)));
        // [end]
        return slower.then(asInTheCode);
    }

    Mono<TickReport> onePass(AwaWorker worker) {
        // [worker-tick]
        Mono<TickReport> pass = worker.tick(TickBudget.of(1_000, Duration.ofSeconds(20)));
        // [end]
        return pass;
    }

    private void count(String kind, boolean accepted) {}

    private void sendWithTheOldClient(SendEmail mail) {
        mailer.send(mail).block();
    }

    Mono<String> operations(RunningWorker running) {
        // [operations]
        Mono<Void> healthy = awa.check();
        Flux<Segment> segments = awa.segments();
        long failed = running.stats().failed();
        // [end]
        return healthy.then(segments.count()).map(count -> count + " segments, " + failed + " failed");
    }

    Mono<String> health(RunningWorker running) {
        // [health]
        Mono<Boolean> ready = running.health().map(WorkerHealth::isReady);
        Mono<Map<String, String>> reasons = running.health().map(WorkerHealth::problems);
        // [end]
        return ready.zipWith(reasons, (well, why) -> well + " " + why);
    }

    Flux<String> signals(RunningWorker running) {
        // [signals]
        Flux<String> held = running.signals()
                .ofType(MaintenanceSignal.Stepped.class)
                .filter(step -> step.outcome() instanceof PruneOutcome.Blocked)
                .map(step -> step.step() + " " + step.number() + " is held by " + step.holders());
        // [end]
        return held;
    }

    Mono<SchemaStatus> status() {
        // [status]
        Mono<SchemaStatus> status = SchemaMigrator.of(connections).schema("awa").status();
        // [end]
        return status;
    }

    static List<Path> extract(Path folder) throws IOException {
        // [extract]
        Files.writeString(folder.resolve("awa.sql"), SqlCatalogue.bundled().script("awa"));
        List<Path> forFlyway = SqlCatalogue.bundled().extractTo(folder.resolve("migration"), "awa");
        // [end]
        return forFlyway;
    }

    CronSchedule schedule() {
        // [cron-schedule]
        CronSchedule digest = CronSchedule.of(
                        "morning digest",
                        "0 9 * * MON-FRI",
                        SEND_EMAIL.with(new SendEmail("team@example.org", "digest")))
                .zone("Europe/Berlin")
                .missedFires(MissedFires.COALESCE);
        // [end]
        return digest;
    }

    AwaWorker cronWorker(CronSchedule digest) {
        // [cron-worker]
        AwaWorker worker = AwaWorker.builder(awa)
                .handle(SEND_EMAIL, job -> mailer.send(job.args()).thenReturn(Outcome.done()))
                .schedule(digest)
                .build();
        // [end]
        return worker;
    }

    Mono<JobId> schedules(CronSchedule digest) {
        // [cron-admin]
        Mono<PutOutcome> put = awa.schedules().put(digest);
        Mono<Boolean> paused = awa.schedules().pause("morning digest", "ops: holidays");
        Mono<Boolean> resumed = awa.schedules().resume("morning digest");
        Mono<JobId> now = awa.schedules().trigger("morning digest");
        Mono<ScheduleView> view = awa.schedules().get("morning digest");
        Flux<ScheduleView> firstPage = awa.schedules().list("", 100);
        Mono<Boolean> removed = awa.schedules().remove("morning digest");
        // [end]
        return put.then(paused)
                .then(resumed)
                .then(view)
                .then(firstPage.then())
                .then(now)
                .flatMap(id -> removed.thenReturn(id));
    }

    Flux<TickOutcome> tick() {
        // [cron-tick]
        Flux<TickOutcome> outcomes = awa.schedules().tick();
        // [end]
        return outcomes;
    }

    static List<Instant> expression() {
        // [cron-expression]
        CronExpression expression = CronExpression.of("30 2 * * *").in("Europe/Berlin");
        Instant next =
                expression.next(Instant.parse("2026-03-28T12:00:00Z")); // 03:00 on the 29th, when 02:30 is skipped
        Instant last = expression.latestBefore(next);
        List<Instant> ten = expression.between(last, next.plus(Duration.ofDays(30)), 10);
        // [end]
        return ten;
    }
}
