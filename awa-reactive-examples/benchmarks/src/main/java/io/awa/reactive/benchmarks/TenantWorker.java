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
import reactor.core.publisher.Mono;
import tools.jackson.databind.json.JsonMapper;

/**
 * A worker of tenants' jobs in a process of its own, with orders as {@link Replica} has them. Says of each attempt when its
 * handler began and ended: key, job, and both times as the machine's clock has them, in microseconds.
 */
public final class TenantWorker {

    private TenantWorker() {}

    /**
     * Runs until its input ends.
     *
     * @param args none
     * @throws IOException if the input cannot be read
     */
    public static void main(String[] args) throws IOException {
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        Replica.Orders orders = JsonMapper.shared().readValue(input.readLine(), Replica.Orders.class);
        Awa awa = Awa.builder(ConnectionFactories.get(orders.url()))
                .schema(orders.schema())
                .build();
        RunningWorker worker = Objects.requireNonNull(AwaWorker.builder(awa)
                .name(orders.name())
                .handle(TenantJob.TYPE, job -> work(job.args(), orders.millis()))
                .queue(TenantJob.TYPE.queue(), q -> q.workers(orders.workers()).claim(orders.claim()))
                .build()
                .start()
                .block());
        say("ready");
        while (input.readLine() != null) {
            // Only the end counts.
        }
        worker.drain(Duration.ofSeconds(20)).block();
        awa.close().block();
        System.exit(0);
    }

    private static Mono<Outcome> work(TenantJob job, int millis) {
        return Mono.defer(() -> {
            long began = Clocks.micros();
            return Mono.delay(Duration.ofMillis(millis)).map(waited -> {
                say(job.key() + " " + job.id() + " " + began + " " + Clocks.micros());
                return Outcome.done();
            });
        });
    }

    private static synchronized void say(String line) {
        System.out.println(line);
        System.out.flush();
    }
}
