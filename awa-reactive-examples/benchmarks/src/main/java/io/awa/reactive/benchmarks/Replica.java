package io.awa.reactive.benchmarks;

import io.awa.reactive.Awa;
import io.awa.reactive.worker.AwaWorker;
import io.awa.reactive.worker.Outcome;
import io.awa.reactive.worker.RunningWorker;
import io.r2dbc.spi.ConnectionFactories;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Objects;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import tools.jackson.databind.json.JsonMapper;

/**
 * A worker in a process of its own. Reads its orders as a line of JSON, so that no password stands in a command line; says
 * every 20 ms how many jobs it has completed; drains when its input ends.
 */
public final class Replica {

    private static final Duration TELL = Duration.ofMillis(20);

    private Replica() {}

    /**
     * What it is to do.
     *
     * @param url     of the database
     * @param schema  of the queue
     * @param workers handlers at once
     * @param claim   jobs in a claim at most
     * @param millis  a job keeps its worker for so long
     * @param name    what operators see it as
     */
    record Orders(String url, String schema, int workers, int claim, int millis, String name) {

        /** Those of one of so many processes, which share the workers. */
        static Orders of(Bench bench, Stage stage, int processes, String name) {
            Options options = bench.options();
            return new Orders(
                    bench.url(),
                    stage.schema(),
                    Math.max(1, options.workers / processes),
                    options.claim,
                    options.handlerMillis,
                    name);
        }
    }

    /**
     * Runs until its input ends.
     *
     * @param args none
     * @throws IOException if the input cannot be read
     */
    public static void main(String[] args) throws IOException {
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        Orders orders = JsonMapper.shared().readValue(input.readLine(), Orders.class);
        Mono<Outcome> done = orders.millis() == 0
                ? Mono.just(Outcome.done())
                : Mono.delay(Duration.ofMillis(orders.millis())).thenReturn(Outcome.done());
        Awa awa = Awa.builder(ConnectionFactories.get(orders.url()))
                .schema(orders.schema())
                .build();
        RunningWorker worker = Objects.requireNonNull(AwaWorker.builder(awa)
                .name(orders.name())
                .handle(Payload.TYPE, job -> job.args().id() < 0 ? Mono.empty() : done)
                .queue(Payload.TYPE.queue(), q -> q.workers(orders.workers()).claim(orders.claim()))
                .build()
                .start()
                .block());
        Disposable telling = Flux.interval(Duration.ZERO, TELL)
                .onBackpressureDrop()
                .subscribe(tick -> tell(worker.stats().completed()));
        while (input.readLine() != null) {
            // Only the end counts.
        }
        telling.dispose();
        worker.drain(Duration.ofSeconds(20)).block();
        tell(worker.stats().completed());
        awa.close().block();
        System.exit(0);
    }

    private static void tell(long completed) {
        System.out.println(completed);
        System.out.flush();
    }
}
