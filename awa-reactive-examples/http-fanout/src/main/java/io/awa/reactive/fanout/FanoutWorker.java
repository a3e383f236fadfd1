package io.awa.reactive.fanout;

import io.awa.reactive.Awa;
import io.awa.reactive.worker.ActiveJob;
import io.awa.reactive.worker.AwaWorker;
import io.awa.reactive.worker.Outcome;
import io.awa.reactive.worker.Role;
import io.awa.reactive.worker.RunningWorker;
import io.r2dbc.postgresql.PostgresqlConnectionFactoryProvider;
import io.r2dbc.spi.ConnectionFactories;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.ConnectionFactoryOptions;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Objects;
import java.util.function.IntSupplier;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;
import reactor.netty.resources.LoopResources;
import tools.jackson.databind.json.JsonMapper;

/**
 * The worker process. Its threads, on two processors: two event loops for HTTP and the database, one that claims, two that
 * run handlers, Reactor's two timers, and one that tidies up a scheduler which the driver asks for. None of them ever
 * waits for an answer, so their number has nothing to do with how many calls are open.
 */
public final class FanoutWorker {

    static final String NAME = "fanout-worker";

    private static final int LOOPS = 2;
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    private FanoutWorker() {}

    /**
     * What it is to do.
     *
     * @param url      of the database
     * @param schema   of the queue
     * @param server   whom the jobs call
     * @param jobs     how many there are
     * @param inFlight handlers at once
     */
    record Orders(String url, String schema, String server, int jobs, int inFlight) {}

    /** What it saw; {@link FanoutReport} says what the figures are. */
    record Seen(Watch.Figures figures, long completed, long held, int blocked, double seconds) {}

    /**
     * Works until all jobs have an end. Reads its orders as a line of JSON and answers with one.
     *
     * @param args none
     * @throws IOException if its orders cannot be read
     */
    public static void main(String[] args) throws IOException {
        run(() -> -1);
    }

    /**
     * The same, watched.
     *
     * @param blocked how many blocking calls were seen by the end
     */
    static void run(IntSupplier blocked) throws IOException {
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        Orders orders = JsonMapper.shared().readValue(input.readLine(), Orders.class);
        PrintStream answer = System.out;
        // Whoever else prints something is not to be taken for the answer.
        System.setOut(System.err);
        Seen seen = work(orders, blocked);
        answer.println(JsonMapper.shared().writeValueAsString(seen));
        answer.flush();
        System.exit(0);
    }

    private static Seen work(Orders orders, IntSupplier blocked) {
        LoopResources loops = LoopResources.create("fanout-loop", LOOPS, true);
        Awa awa = Awa.builder(database(orders.url(), loops))
                .schema(orders.schema())
                .name(NAME)
                .build();
        HttpClient http = http(orders, loops);
        AwaWorker worker = AwaWorker.builder(awa)
                .handle(SlowCall.TYPE, job -> call(http, job))
                .queue(SlowCall.TYPE.queue(), q -> q.workers(orders.inFlight()))
                .roles(Role.WORKER)
                .build();
        Watch watch = Watch.start();
        long begun = System.nanoTime();
        RunningWorker running = Objects.requireNonNull(worker.start().block());
        Flux.interval(Duration.ofMillis(50))
                .onBackpressureDrop()
                .takeUntil(tick -> running.stats().completed() >= orders.jobs())
                .blockLast(PATIENCE);
        double seconds = (System.nanoTime() - begun) / 1e9;
        Watch.Figures figures = watch.end();
        running.drain(Duration.ofSeconds(10)).block();
        awa.close().block();
        return new Seen(figures, running.stats().completed(), running.stats().held(), blocked.getAsInt(), seconds);
    }

    // The whole handler: no thread waits while the server thinks.
    private static Mono<Outcome> call(HttpClient http, ActiveJob<SlowCall> job) {
        return http.get()
                .uri(job.args().path())
                .responseSingle((response, body) -> response.status().code() == 200
                        ? body.asString()
                        : Mono.error(new IOException("answered " + response.status())))
                .thenReturn(Outcome.done());
    }

    // A connection a call, for HTTP/1.1 has one call at a time on each.
    private static HttpClient http(Orders orders, LoopResources loops) {
        ConnectionProvider connections = ConnectionProvider.builder("fanout")
                .maxConnections(orders.inFlight())
                .pendingAcquireMaxCount(-1)
                .build();
        return HttpClient.create(connections).runOn(loops).baseUrl(orders.server());
    }

    private static ConnectionFactory database(String url, LoopResources loops) {
        return ConnectionFactories.get(ConnectionFactoryOptions.parse(url)
                .mutate()
                .option(PostgresqlConnectionFactoryProvider.APPLICATION_NAME, NAME)
                .option(PostgresqlConnectionFactoryProvider.LOOP_RESOURCES, loops)
                .build());
    }
}
