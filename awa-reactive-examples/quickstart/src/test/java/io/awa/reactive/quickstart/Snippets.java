package io.awa.reactive.quickstart;

import io.awa.reactive.Awa;
import io.awa.reactive.admin.CancelOutcome;
import io.awa.reactive.admin.DeleteOutcome;
import io.awa.reactive.admin.Destination;
import io.awa.reactive.admin.JobDetails;
import io.awa.reactive.admin.JobFilter;
import io.awa.reactive.admin.JobState;
import io.awa.reactive.admin.JobView;
import io.awa.reactive.admin.MoveOutcome;
import io.awa.reactive.admin.QueueAdmin;
import io.awa.reactive.admin.QueueOverview;
import io.awa.reactive.admin.QueueSettings;
import io.awa.reactive.admin.RateLimit;
import io.awa.reactive.admin.RequestId;
import io.awa.reactive.admin.RetryOptions;
import io.awa.reactive.admin.RetryOutcome;
import io.awa.reactive.admin.StateCount;
import io.awa.reactive.cron.CronExpression;
import io.awa.reactive.cron.CronSchedule;
import io.awa.reactive.cron.MissedFires;
import io.awa.reactive.cron.PutOutcome;
import io.awa.reactive.cron.ScheduleView;
import io.awa.reactive.cron.TickOutcome;
import io.awa.reactive.engine.PruneOutcome;
import io.awa.reactive.engine.Segment;
import io.awa.reactive.enqueue.BulkEnqueueException;
import io.awa.reactive.enqueue.BulkResult;
import io.awa.reactive.enqueue.Enqueued;
import io.awa.reactive.enqueue.OnDuplicate;
import io.awa.reactive.job.JobId;
import io.awa.reactive.job.JobLimits;
import io.awa.reactive.job.JobType;
import io.awa.reactive.job.Unique;
import io.awa.reactive.schema.MigrationReport;
import io.awa.reactive.schema.SchemaMigrator;
import io.awa.reactive.schema.SchemaStatus;
import io.awa.reactive.schema.SqlCatalogue;
import io.awa.reactive.worker.ActiveJob;
import io.awa.reactive.worker.AwaWorker;
import io.awa.reactive.worker.DrainReport;
import io.awa.reactive.worker.Outcome;
import io.awa.reactive.worker.RunningQueue;
import io.awa.reactive.worker.RunningWorker;
import io.awa.reactive.worker.Settled;
import io.awa.reactive.worker.TickBudget;
import io.awa.reactive.worker.TickReport;
import io.awa.reactive.worker.WorkerHealth;
import io.awa.reactive.worker.maintenance.MaintenanceSignal;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactories;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.Result;
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

/**
 * The Java of the documentation: each part between {@code // [name]} and {@code // [end]} is a block of a page, word for
 * word. {@link ReadmeSnippetsTest} compares them and runs them.
 */
final class Snippets {

    // [type]
    record SendEmail(String to, String subject) {}

    static final JobType<SendEmail> SEND_EMAIL =
            JobType.of("send_email", SendEmail.class).queue("email").maxAttempts(5);
    // [end]

    final ConnectionFactory connections;
    final Awa awa;
    final Mailer mailer;

    Snippets(ConnectionFactory connections, Awa awa, Mailer mailer) {
        this.connections = connections;
        this.awa = awa;
        this.mailer = mailer;
    }

    interface Mailer {
        Mono<Void> send(SendEmail mail);
    }

    static Awa connect() {
        // [connect]
        ConnectionFactory connections = ConnectionFactories.get("r2dbc:postgresql://user:secret@localhost:5432/shop");
        Awa awa = Awa.builder(connections).schema("awa").build();
        // [end]
        return awa;
    }

    Mono<MigrationReport> migrate() {
        // [migrate]
        Mono<MigrationReport> migrated = awa.migrate();
        // [end]
        return migrated;
    }

    Mono<JobId> enqueue() {
        // [enqueue]
        Mono<JobId> stored = awa.enqueue(SEND_EMAIL.with(new SendEmail("a@example.org", "hello")))
                .map(Enqueued::id);
        // [end]
        return stored;
    }

    Mono<Long> enqueueAll() {
        // [enqueue-all]
        Flux<SendEmail> mails = Flux.range(1, 100_000).map(i -> new SendEmail("reader" + i + "@example.org", "news"));
        Mono<Long> stored = awa.enqueueAll(SEND_EMAIL, mails);
        // [end]
        return stored;
    }

    Mono<Void> transaction(long order) {
        // [transaction]
        Mono<Void> placed = Mono.usingWhen(
                connections.create(),
                connection -> Mono.from(connection.beginTransaction())
                        .then(insertOrder(connection, order))
                        .then(awa.on(connection).enqueue(SEND_EMAIL.with(new SendEmail("a@example.org", "thanks"))))
                        .then(Mono.from(connection.commitTransaction()))
                        .onErrorResume(error ->
                                Mono.from(connection.rollbackTransaction()).then(Mono.error(error))),
                Connection::close);
        // [end]
        return placed;
    }

    Mono<DrainReport> work(Mono<Void> untilShutdown) {
        // [worker]
        AwaWorker worker = AwaWorker.builder(awa)
                .handle(SEND_EMAIL, job -> mailer.send(job.args()).thenReturn(Outcome.done()))
                .queue("email", q -> q.workers(64))
                .build();
        Mono<DrainReport> drained =
                worker.start().flatMap(running -> untilShutdown.then(running.drain(Duration.ofSeconds(30))));
        // [end]
        return drained;
    }

    Mono<Outcome> completeIn(ActiveJob<Long> job) {
        // [complete-in]
        Mono<Outcome> handled = Mono.usingWhen(
                connections.create(),
                connection -> Mono.from(connection.beginTransaction())
                        .then(insertOrder(connection, job.args()))
                        .then(job.completeIn(connection, SEND_EMAIL.with(new SendEmail("a@example.org", "thanks"))))
                        .then(Mono.from(connection.commitTransaction()))
                        .thenReturn(Outcome.done()),
                Connection::close,
                (connection, error) ->
                        Mono.from(connection.rollbackTransaction()).then(Mono.from(connection.close())),
                connection -> Mono.from(connection.rollbackTransaction()).then(Mono.from(connection.close())));
        // [end]
        return handled;
    }

    Flux<Settled> claims(Mono<Void> untilShutdown) {
        // [claims]
        Mono<RunningWorker> running =
                AwaWorker.builder(awa).withoutHandlers().build().start();
        Flux<Settled> settled = running.flatMapMany(worker -> worker.claims("email", SEND_EMAIL)
                .flatMap(job -> job.settleBy(mailer.send(job.args()).thenReturn(Outcome.done())), 64, 1)
                .takeUntilOther(untilShutdown.then(worker.drain(Duration.ofSeconds(30)))));
        // [end]
        return settled;
    }

    Mono<Long> administer(JobId id) {
        // [admin]
        Mono<JobView> view = awa.admin().job(id);
        Mono<CancelOutcome> cancelled = awa.admin().cancel(id);
        Mono<Boolean> paused = awa.admin().pause("email", "ops: the mail server moves");
        Mono<Boolean> resumed = awa.admin().resume("email");
        Mono<Long> waiting =
                awa.admin().depth("email").map(lane -> lane.depth()).reduce(0L, Long::sum);
        // [end]
        return view.then(cancelled).then(paused).then(resumed).then(waiting);
    }

    Mono<Enqueued> later(SendEmail mail) {
        // [later]
        Mono<Enqueued> tomorrow = awa.enqueue(SEND_EMAIL.with(mail).runAt(Instant.parse("2030-01-01T09:00:00Z")));
        Mono<Enqueued> soon = awa.enqueue(
                SEND_EMAIL.with(mail).runAfter(Duration.ofMinutes(10)).deadline(Duration.ofSeconds(30)));
        // [end]
        return tomorrow.then(soon);
    }

    Mono<String> unique(SendEmail mail) {
        // [unique]
        JobType<SendEmail> oncePerHour = SEND_EMAIL.unique(Unique.byArgs("to").within(Duration.ofHours(1)));
        Mono<String> answer = awa.enqueue(oncePerHour.with(mail)).map(enqueued -> {
            if (enqueued instanceof Enqueued.Duplicate duplicate) {
                return "there is one already: " + duplicate.id();
            }
            return "stored: " + enqueued.id();
        });
        // [end]
        return answer;
    }

    Mono<BulkResult> uniqueInBulk(Flux<SendEmail> mails) {
        // [unique-bulk]
        JobType<SendEmail> once = SEND_EMAIL.unique(Unique.byArgs().during(JobState.SCHEDULED, JobState.RETRYING));
        Mono<BulkResult> result = awa.enqueueAll(once, mails, OnDuplicate.SKIP);
        // [end]
        return result;
    }

    Mono<CancelOutcome> actOnOne(JobId id) {
        // [one-job]
        Mono<JobView> view = awa.admin().job(id);
        Mono<JobDetails> life = awa.admin().details(id);
        Mono<CancelOutcome> cancelled = awa.admin().cancel(id, "the order was withdrawn");
        Mono<RetryOutcome> retried =
                awa.admin().retry(id, RetryOptions.after(Duration.ofMinutes(5)).priority(1));
        Mono<MoveOutcome> moved = awa.admin().move(id, Destination.queue("email-slow"));
        Mono<DeleteOutcome> deleted = awa.admin().delete(id);
        // [end]
        return view.then(life)
                .then(cancelled)
                .then(retried)
                .then(moved)
                .then(deleted)
                .then(cancelled);
    }

    Mono<Long> actOnMany() {
        // [many-jobs]
        Flux<JobView> stuck = awa.admin()
                .jobs(JobFilter.in(JobState.RETRYING, JobState.FAILED)
                        .queue("email")
                        .olderThan(Duration.ofHours(1)));
        Flux<RetryOutcome> again = awa.admin().retryAll(JobFilter.ofTag("import-7"), RetryOptions.now());
        Flux<CancelOutcome> none = awa.admin().cancelAll(JobFilter.ofKind("send_email"), "the campaign is over");
        // [end]
        return stuck.then().then(again.then()).then(none.count());
    }

    Mono<CancelOutcome> cancelByKey(JobType<SendEmail> once, SendEmail email) {
        // [admin-keyed]
        Mono<CancelOutcome> none = awa.admin().keyed(once.with(email)).cancel("the address is wrong");
        // [end]
        return none;
    }

    Mono<RequestId> requestInside(Connection connection, JobId id) {
        // [admin-transaction]
        Mono<RequestId> withdrawn = awa.admin().on(connection).cancel(id, "the order was withdrawn");
        // [end]
        return withdrawn;
    }

    Mono<Long> deadLetters() {
        // [dead-letters]
        Mono<Void> on =
                awa.admin().queue("email").settings(QueueSettings.defaults().deadLetters(true));
        Flux<JobView> letters = awa.admin().deadLetters().list(JobFilter.ofKind("send_email"));
        Flux<RetryOutcome> back =
                awa.admin().deadLetters().retryAll(JobFilter.ofKind("send_email"), RetryOptions.now());
        Flux<DeleteOutcome> purged =
                awa.admin().deadLetters().purgeAll(JobFilter.all().olderThan(Duration.ofDays(7)));
        // [end]
        return on.then(letters.then()).then(back.then()).then(purged.count());
    }

    Mono<QueueOverview> queueFigures() {
        // [queues]
        Mono<Boolean> paused = awa.admin().queue("email").pause("ops: the mail server moves");
        Mono<Boolean> resumed = awa.admin().queue("email").resume();
        Mono<QueueOverview> overview = awa.admin().queue("email").overview();
        Flux<StateCount> counts = awa.admin().counts("email");
        // [end]
        return paused.then(resumed).then(counts.then()).then(overview);
    }

    Mono<Long> bulkWithErrors(Flux<SendEmail> mails) {
        // [bulk-error]
        Mono<Long> stored = awa.enqueueAll(SEND_EMAIL, mails)
                .onErrorResume(BulkEnqueueException.class, error -> Mono.just(error.stored()));
        // [end]
        return stored;
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
                .queue("email", q -> q.workers(64).claim(256).poll(Duration.ofMillis(5), Duration.ofMillis(200)))
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

    private void count(String kind, boolean accepted) {}

    private static Mono<Void> insertOrder(Connection connection, long order) {
        return Flux.from(connection
                        .createStatement("insert into orders (id) values (" + order + ")")
                        .execute())
                .concatMap(Result::getRowsUpdated)
                .then();
    }
}
