package io.awa.reactive.fanout;

import com.sun.management.UnixOperatingSystemMXBean;
import io.awa.reactive.Awa;
import io.awa.reactive.admin.JobState;
import io.awa.reactive.testkit.AwaPostgres;
import io.awa.reactive.worker.AwaWorker;
import io.awa.reactive.worker.Role;
import io.awa.reactive.worker.RunningWorker;
import io.r2dbc.postgresql.PostgresqlConnectionFactoryProvider;
import io.r2dbc.spi.ConnectionFactories;
import io.r2dbc.spi.ConnectionFactoryOptions;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.lang.ProcessBuilder.Redirect;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import reactor.core.publisher.Flux;
import tools.jackson.databind.json.JsonMapper;

/**
 * Ten thousand slow HTTP calls at once. This process has the slow server, stores the jobs, leads the schema's maintenance,
 * and counts from outside; {@link FanoutWorker} makes the calls, in a process with a small heap.
 */
public final class HttpFanout {

    private static final Duration PATIENCE = Duration.ofMinutes(6);
    private static final int OTHER_FILES = 200;
    // Of its own name: a program that calls this one has its own.
    private static final String LOGGING = "logback.configurationFile";
    private static final String QUIET = "fanout-logback.xml";
    private static final Set<JobState> ENDS =
            EnumSet.of(JobState.COMPLETED, JobState.FAILED, JobState.DEAD, JobState.CANCELLED);

    private final FanoutOptions options;
    private final String url;
    private final String schema;

    private HttpFanout(FanoutOptions options, String url, String schema) {
        this.options = options;
        this.url = url;
        this.schema = schema;
    }

    /**
     * Runs it on a PostgreSQL of its own and prints one JSON object.
     *
     * @param args jobs in all, 20,000 where none are named; then those at once, 10,000
     */
    public static void main(String[] args) {
        System.setProperty(LOGGING, QUIET);
        FanoutOptions options = FanoutOptions.defaults();
        if (args.length > 0) {
            options = options.jobs(Integer.parseInt(args[0]));
        }
        if (args.length > 1) {
            options = options.inFlight(Integer.parseInt(args[1]));
        }
        try (AwaPostgres postgres = AwaPostgres.start(AwaPostgres.Options.defaults())) {
            FanoutReport report = run(options, postgres.url(), "fanout", System.err::println);
            System.out.println(JsonMapper.shared().writeValueAsString(report));
        }
    }

    /**
     * Runs it. Blocks the caller, for about twice as long as the server takes to answer.
     *
     * @param url      of the database, {@code r2dbc:postgresql://…}
     * @param schema   made where it is missing, and left behind
     * @param progress what goes on
     */
    public static FanoutReport run(FanoutOptions options, String url, String schema, Consumer<String> progress) {
        return new HttpFanout(options, url, schema).run(progress);
    }

    private FanoutReport run(Consumer<String> progress) {
        checkOpenFiles();
        Awa awa = Awa.builder(ConnectionFactories.get(ConnectionFactoryOptions.parse(url)
                        .mutate()
                        .option(PostgresqlConnectionFactoryProvider.APPLICATION_NAME, "fanout-outside")
                        .build()))
                .schema(schema)
                .name("fanout-outside")
                .build();
        try (SlowServer server = new SlowServer(Duration.ofMillis(options.answerMillis()));
                Connections connections = Connections.watch(url, FanoutWorker.NAME)) {
            awa.migrate().block();
            Flux<SlowCall> calls = Flux.range(0, options.jobs()).map(i -> new SlowCall("/slow/" + i));
            awa.enqueueAll(SlowCall.TYPE, calls).block();
            progress.accept(options.jobs() + " jobs are stored");
            RunningWorker maintenance = Objects.requireNonNull(AwaWorker.builder(awa)
                    .roles(Role.MAINTENANCE)
                    .build()
                    .start()
                    .block());
            FanoutWorker.Seen seen = child(server.url(), progress);
            long open = Objects.requireNonNull(awa.admin()
                    .counts(SlowCall.TYPE.queue())
                    .filter(count -> !ENDS.contains(count.state()))
                    .reduce(0L, (sum, count) -> sum + count.count().value())
                    .block());
            maintenance.drain(Duration.ofSeconds(5)).block();
            return new FanoutReport(
                    options.jobs(),
                    seen.completed(),
                    Math.max(open, options.jobs() - seen.completed()),
                    server.answered(),
                    server.openMax(),
                    seen.held(),
                    connections.max(),
                    seen.figures().threadsMax(),
                    seen.figures().threads(),
                    seen.figures().heapMbMax(),
                    seen.figures().rssMbMax(),
                    seen.blocked(),
                    seen.seconds());
        } finally {
            awa.close().block();
        }
    }

    // A call is a socket here and one in the worker's process.
    private void checkOpenFiles() {
        if (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system
                && system.getMaxFileDescriptorCount() < options.inFlight() + OTHER_FILES) {
            throw new IllegalArgumentException("inFlight is " + options.inFlight() + ", and this process may open "
                    + system.getMaxFileDescriptorCount() + " files: raise ulimit -n to "
                    + (options.inFlight() + OTHER_FILES));
        }
    }

    // Two processors, as the threads are counted; elsewhere there would be as many handler threads as processors.
    private FanoutWorker.Seen child(String server, Consumer<String> progress) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx" + options.heapMegabytes() + "m",
                "-XX:ActiveProcessorCount=2",
                "-D" + LOGGING + "=" + QUIET));
        command.addAll(options.workerFlags());
        command.addAll(List.of(
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                options.workerMain()));
        try {
            Process process =
                    new ProcessBuilder(command).redirectError(Redirect.INHERIT).start();
            try (BufferedReader told = lines(process)) {
                Writer orders = new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8);
                orders.write(JsonMapper.shared()
                                .writeValueAsString(new FanoutWorker.Orders(
                                        url, schema, server, options.jobs(), options.inFlight()))
                        + "\n");
                orders.flush();
                progress.accept("the worker is process " + process.pid());
                String answer = told.readLine();
                if (answer == null || !process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                    throw new IllegalStateException("the worker ended without an answer");
                }
                return JsonMapper.shared().readValue(answer, FanoutWorker.Seen.class);
            } finally {
                process.destroyForcibly();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static BufferedReader lines(Process process) {
        return new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    }
}
