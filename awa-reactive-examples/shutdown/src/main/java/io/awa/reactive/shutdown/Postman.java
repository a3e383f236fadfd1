package io.awa.reactive.shutdown;

import io.awa.reactive.Awa;
import io.awa.reactive.worker.ActiveJob;
import io.awa.reactive.worker.AwaWorker;
import io.awa.reactive.worker.DrainReport;
import io.awa.reactive.worker.Outcome;
import io.awa.reactive.worker.RunningWorker;
import io.r2dbc.spi.ConnectionFactories;
import java.time.Duration;
import java.util.Objects;
import reactor.core.publisher.Mono;

/**
 * A worker process that ends well. SIGTERM (from systemd, Kubernetes, Ctrl-C) runs the shutdown hook, and that drains:
 *
 * <ol>
 *   <li>nothing more is claimed; what was claimed and not begun goes back to its place, with its attempt;
 *   <li>handlers have five seconds to end, and what they answer is written;
 *   <li>those that have not ended are disposed, and their jobs go back too;
 *   <li>the report says how many of each there were.
 * </ol>
 *
 * <p>Give the process a little longer than the timeout before it is killed ({@code terminationGracePeriodSeconds} of a
 * pod, {@code TimeoutStopSec} of a unit). If it is killed all the same, no job is lost either: others find its jobs once
 * they miss its heartbeat, which takes half a minute.
 */
public final class Postman {

    private static final Duration TIMEOUT = Duration.ofSeconds(5);

    private Postman() {}

    /**
     * Works until the process is told to end. The database is that of the environment's {@code DATABASE_URL}, {@code
     * r2dbc:postgresql://…}, in the schema {@code AWA_SCHEMA}.
     *
     * @param args none
     */
    public static void main(String[] args) {
        Awa awa = Awa.builder(ConnectionFactories.get(System.getenv("DATABASE_URL")))
                .schema(System.getenv().getOrDefault("AWA_SCHEMA", "awa"))
                .build();
        RunningWorker worker = Objects.requireNonNull(AwaWorker.builder(awa)
                .handle(Letter.TYPE, Postman::deliver)
                .queue(Letter.TYPE.queue(), q -> q.workers(32))
                .build()
                .start()
                .block());
        Runtime.getRuntime().addShutdownHook(new Thread(() -> end(worker, awa), "drain"));
        say("works");
        Mono.never().block();
    }

    private static Mono<Outcome> deliver(ActiveJob<Letter> job) {
        Letter letter = job.args();
        say("begun " + letter.number() + " attempt " + job.attempt());
        return Mono.delay(Duration.ofMillis(letter.millis()))
                .map(tick -> Outcome.done())
                .doOnNext(done -> say("delivered " + letter.number()))
                .doOnCancel(() -> say("cut short " + letter.number()));
    }

    // On a thread of its own, which may block; the JVM waits for it.
    private static void end(RunningWorker worker, Awa awa) {
        DrainReport report = Objects.requireNonNull(worker.drain(TIMEOUT).block());
        awa.close().block();
        say("drained: settled %d, released %d, abandoned %d, clean %s, %d ms"
                .formatted(
                        report.settled(),
                        report.released(),
                        report.abandoned(),
                        report.clean(),
                        report.took().toMillis()));
    }

    private static void say(String line) {
        System.out.println(line);
    }
}
