package io.awa.reactive.examples;

import io.awa.reactive.Awa;
import io.awa.reactive.admin.JobFilter;
import io.awa.reactive.admin.JobView;
import io.awa.reactive.admin.QueueSettings;
import io.awa.reactive.admin.RetryOptions;
import io.awa.reactive.job.JobType;
import io.awa.reactive.testkit.AwaPostgres;
import io.awa.reactive.worker.ActiveJob;
import io.awa.reactive.worker.AwaWorker;
import io.awa.reactive.worker.Outcome;
import io.awa.reactive.worker.TerminalJobException;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import reactor.core.publisher.Mono;

/**
 * A payment service is down for two calls: the job is tried again after a backoff and succeeds with the third attempt.
 * Another payment's card is unknown, which no retry mends: it becomes a dead letter at once. An operator looks at it,
 * mends the card, and sends it on its way again.
 */
public final class RetriesAndDeadLetters {

    private static final JobType<Payment> PAY =
            JobType.of("pay", Payment.class).queue("payments").maxAttempts(5);

    private final AwaPostgres postgres;
    private final Queue<String> log = new ConcurrentLinkedQueue<>();
    private volatile boolean cardKnown;

    RetriesAndDeadLetters(AwaPostgres postgres) {
        this.postgres = postgres;
    }

    /** Runs it on a PostgreSQL of its own. */
    public static void main(String[] args) {
        Example.main(postgres -> new RetriesAndDeadLetters(postgres).run("example"));
    }

    /** Answers what happened, in order. */
    Mono<List<String>> run(String schema) {
        return Example.with(
                postgres,
                schema,
                awa -> awa.admin()
                        .queue(PAY.queue())
                        .settings(QueueSettings.defaults()
                                .deadLetters(true)
                                .backoff(Duration.ofMillis(20), Duration.ofMinutes(1)))
                        .then(Example.working(
                                AwaWorker.builder(awa).handle(PAY, this::pay),
                                worker -> awa.enqueue(PAY.with(new Payment("ann", true)))
                                        .then(Wait.until(() -> log.contains("ann paid")))
                                        .then(awa.enqueue(PAY.with(new Payment("bob", false))))
                                        .then(Mono.defer(() -> deadLetter(awa)))
                                        .then(Wait.until(() -> log.contains("bob paid")))
                                        .then(Mono.fromSupplier(() -> List.copyOf(log))))));
    }

    private Mono<Outcome> pay(ActiveJob<Payment> job) {
        return charge(job.args(), job.attempt())
                .thenReturn(Outcome.done())
                .doOnSuccess(done -> log.add(job.args().customer() + " paid"));
    }

    // An error is tried again after the backoff; one that says so is not.
    private Mono<Void> charge(Payment payment, int attempt) {
        if (!payment.known() && !cardKnown) {
            return Mono.error(new TerminalJobException("no such card"));
        }
        if (payment.known() && attempt < 3) {
            log.add(payment.customer() + " attempt " + attempt + " failed");
            return Mono.error(new IOException("service down"));
        }
        return Mono.empty();
    }

    private Mono<Void> deadLetter(Awa awa) {
        JobFilter payments = JobFilter.ofQueue(PAY.queue());
        Mono<JobView> letter = awa.admin()
                .deadLetters()
                .list(payments)
                .next()
                .repeatWhenEmpty(rounds -> rounds.delayElements(Duration.ofMillis(20)));
        return letter.flatMap(found -> {
            log.add("dead letter: " + found.error());
            cardKnown = true;
            return awa.admin()
                    .deadLetters()
                    .retry(found.id(), RetryOptions.now())
                    .then();
        });
    }

    record Payment(String customer, boolean known) {}
}
