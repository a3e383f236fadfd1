package io.awa.reactive.examples;

import io.awa.reactive.Awa;
import io.awa.reactive.callback.CallbackOutcome;
import io.awa.reactive.callback.CallbackToken;
import io.awa.reactive.job.JobType;
import io.awa.reactive.testkit.AwaPostgres;
import io.awa.reactive.worker.ActiveJob;
import io.awa.reactive.worker.AwaWorker;
import io.awa.reactive.worker.Outcome;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * A payment is handed to somebody else, who calls back when it is booked, perhaps in an hour. The job waits without a
 * slot and without a thread: with one slot in all, another job runs meanwhile. Then its handler goes on where it waited.
 * The same callback a second time changes nothing, and says so.
 */
public final class PaymentCallback {

    private static final Duration AN_HOUR = Duration.ofHours(1);
    private static final JobType<Payment> PAY = JobType.of("pay", Payment.class).queue("payments");

    private final AwaPostgres postgres;
    private final Queue<String> log = new ConcurrentLinkedQueue<>();
    private final Sinks.One<CallbackToken> bank = Sinks.one();

    PaymentCallback(AwaPostgres postgres) {
        this.postgres = postgres;
    }

    /** Runs it on a PostgreSQL of its own. */
    public static void main(String[] args) {
        Example.main(postgres -> new PaymentCallback(postgres).run("example"));
    }

    /** Answers what happened, in order. */
    Mono<List<String>> run(String schema) {
        return Example.with(
                postgres,
                schema,
                awa -> Example.working(
                        AwaWorker.builder(awa).handle(PAY, this::pay).queue(PAY.queue(), queue -> queue.workers(1)),
                        worker -> awa.enqueue(PAY.with(new Payment("by bank", true)))
                                .then(bank.asMono())
                                .flatMap(token -> awa.enqueue(PAY.with(new Payment("in cash", false)))
                                        .then(Wait.until(() -> log.contains("paid in cash")))
                                        .then(answer(awa, token))
                                        .then(Wait.until(() -> log.contains("paid by bank")))
                                        .then(answer(awa, token)))
                                .then(Mono.fromSupplier(() -> List.copyOf(log)))));
    }

    private Mono<Outcome> pay(ActiveJob<Payment> job) {
        Mono<Void> paid = job.args().elsewhere()
                ? job.registerCallback(AN_HOUR)
                        .doOnNext(bank::tryEmitValue)
                        .flatMap(job::awaitCallback)
                        .doOnNext(receipt ->
                                log.add("booked as " + receipt.get("number").intValue()))
                        .then()
                : Mono.empty();
        return paid.then(Mono.fromSupplier(() -> {
            log.add("paid " + job.args().how());
            return Outcome.done();
        }));
    }

    // What an HTTP endpoint would do with the token of its path.
    private Mono<CallbackOutcome> answer(Awa awa, CallbackToken token) {
        return awa.callbacks()
                .resume(token, Map.of("number", 77))
                .doOnNext(outcome ->
                        log.add(outcome instanceof CallbackOutcome.Resumed ? "resumed" : "refused: " + outcome));
    }

    record Payment(String how, boolean elsewhere) {}
}
