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
import io.awa.reactive.admin.QueueOverview;
import io.awa.reactive.admin.QueueSettings;
import io.awa.reactive.admin.RequestId;
import io.awa.reactive.admin.RetryOptions;
import io.awa.reactive.admin.RetryOutcome;
import io.awa.reactive.admin.StateCount;
import io.awa.reactive.enqueue.BulkEnqueueException;
import io.awa.reactive.enqueue.BulkResult;
import io.awa.reactive.enqueue.Enqueued;
import io.awa.reactive.enqueue.OnDuplicate;
import io.awa.reactive.job.JobId;
import io.awa.reactive.job.JobType;
import io.awa.reactive.job.Unique;
import io.awa.reactive.schema.MigrationReport;
import io.awa.reactive.worker.ActiveJob;
import io.awa.reactive.worker.AwaWorker;
import io.awa.reactive.worker.DrainReport;
import io.awa.reactive.worker.Outcome;
import io.awa.reactive.worker.RunningWorker;
import io.awa.reactive.worker.Settled;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactories;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.Result;
import java.time.Duration;
import java.time.Instant;
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

    private static Mono<Void> insertOrder(Connection connection, long order) {
        return Flux.from(connection
                        .createStatement("insert into orders (id) values (" + order + ")")
                        .execute())
                .concatMap(Result::getRowsUpdated)
                .then();
    }
}
