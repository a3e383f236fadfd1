package io.awa.reactive.testkit;

import io.r2dbc.postgresql.PostgresqlConnectionConfiguration;
import io.r2dbc.postgresql.PostgresqlConnectionFactory;
import io.r2dbc.postgresql.api.PostgresqlConnection;
import io.r2dbc.postgresql.api.PostgresqlResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.resources.LoopResources;

/**
 * A PostgreSQL for tests, examples and measurements.
 *
 * <p>{@link #shared()} picks, in this order: the server that {@code AWA_TEST_DATABASE_URL} names; a container, where
 * Testcontainers is on the class path and a Docker engine answers; an embedded PostgreSQL 18. {@link #start(Options)}
 * always starts an embedded one of the caller's own, which may be killed and restarted. Servers we start keep every
 * promise of durability: {@code fsync}, {@code synchronous_commit} and {@code full_page_writes} are on.
 *
 * <p>Starting, stopping, killing and restarting block the calling thread; the rest does not. Safe on any thread.
 */
public final class AwaPostgres implements AutoCloseable {

    /** The environment variable that names the server to test against. */
    public static final String URL_VARIABLE = "AWA_TEST_DATABASE_URL";

    /** One: how many of several are used depends on how often a connect advances the driver's chooser of a loop. */
    private static final int EVENT_LOOPS = 1;

    private static final int MAX_NAME_BYTES = 63;
    private static final LoopResources LOOPS = LoopResources.create("awa-pg", 1, EVENT_LOOPS, true, false);
    private static final AtomicInteger SCHEMAS = new AtomicInteger();
    private static final String RUN = Long.toString(new SplittableRandom().nextLong(1L << 40), Character.MAX_RADIX);

    private final Server server;
    private final PostgresqlConnectionFactory connections;

    private AwaPostgres(Server server) {
        this.server = server;
        this.connections = new PostgresqlConnectionFactory(configuration().build());
    }

    /**
     * The one server of this process, started at the first call and stopped when the process ends.
     *
     * @return the server
     */
    public static AwaPostgres shared() {
        return Shared.SERVER;
    }

    /**
     * Starts an embedded server of the caller's own. The caller closes it; {@link Options#stopAtExit} says whether the
     * end of the process does as well.
     *
     * @param options how to start it
     * @return the server, ready for connections
     * @throws IllegalStateException if it does not start; the message has the end of its log
     */
    public static AwaPostgres start(Options options) {
        AwaPostgres postgres = new AwaPostgres(EmbeddedServer.start(options));
        if (options.stopAtExit()) {
            stopAtExit(postgres);
        }
        return postgres;
    }

    /**
     * Plain connections as the owner of the database, with the settings of {@link #configuration()}.
     *
     * @return the same factory at each call; it stays good over {@link #restart()}
     */
    public PostgresqlConnectionFactory connections() {
        return connections;
    }

    /**
     * Address, login and event loops of this server, to be refined.
     *
     * @return a new builder
     */
    public PostgresqlConnectionConfiguration.Builder configuration() {
        return server.address().configuration().loopResources(LOOPS);
    }

    /**
     * The address with login, as {@code r2dbc:postgresql://user:password@host:port/database}.
     *
     * @return the address
     */
    public String url() {
        return server.address().url();
    }

    /**
     * The address with login of another database of this server.
     *
     * @param database its name
     * @return the address
     */
    public String url(String database) {
        return server.address().database(database).url();
    }

    /**
     * A schema name nobody else uses. The schema does not exist yet: migrate into it.
     *
     * @return a plain lower-case name
     */
    public String freshSchema() {
        return freshSchema("awa");
    }

    /**
     * A schema name nobody else uses, beginning with a text that may need quoting. The schema does not exist yet.
     *
     * @param base the beginning, at most 40 bytes in UTF-8
     * @return the base and a unique end
     * @throws IllegalArgumentException if the base is too long to be kept whole
     */
    public String freshSchema(String base) {
        String name = base + "_" + RUN + "_" + SCHEMAS.incrementAndGet();
        if (name.getBytes(StandardCharsets.UTF_8).length > MAX_NAME_BYTES) {
            throw new IllegalArgumentException("too long for a schema name: " + name);
        }
        return name;
    }

    /**
     * Drops a schema and all in it; a missing one is fine.
     *
     * @param schema its name, not quoted
     * @return completes when it is gone
     */
    public Mono<Void> drop(String schema) {
        String statement = "DROP SCHEMA IF EXISTS \"" + schema.replace("\"", "\"\"") + "\" CASCADE";
        return Mono.usingWhen(
                connections.create(),
                connection -> connection
                        .createStatement(statement)
                        .execute()
                        .concatMap(PostgresqlResult::getRowsUpdated)
                        .then(),
                PostgresqlConnection::close);
    }

    /**
     * Runs SQL without parameters, several statements if need be, and gives the first column of every row.
     *
     * @param sql the text
     * @return the values as text; a null is the text {@code NULL}
     */
    public Flux<String> query(String sql) {
        return Flux.usingWhen(
                connections.create(),
                connection -> connection
                        .createStatement(sql)
                        .execute()
                        .concatMap(result -> result.map((row, metadata) -> textOf(row.get(0)))),
                PostgresqlConnection::close);
    }

    /**
     * Kills the server's processes with SIGKILL, as a crash of the machine's software would; returns when all are gone.
     *
     * @throws IllegalStateException if the server is not an embedded one of this process, or is not running
     */
    public void kill9() {
        embedded().kill9();
    }

    /**
     * Starts the server again with the same data and port, after a fast shutdown if it still runs.
     *
     * @throws IllegalStateException if the server is not an embedded one of this process, or does not start
     */
    public void restart() {
        embedded().restart();
    }

    /**
     * The process number of the server's first process.
     *
     * @return the number
     * @throws IllegalStateException if the server is not an embedded one of this process, or is not running
     */
    public long pid() {
        return embedded().pid();
    }

    /**
     * The server's log.
     *
     * @return the file
     * @throws IllegalStateException if the server is not an embedded one of this process
     */
    public Path log() {
        return embedded().log();
    }

    /**
     * Whether the server is an embedded one, which can be killed and restarted.
     *
     * @return whether it is
     */
    public boolean isEmbedded() {
        return server instanceof EmbeddedServer;
    }

    /** Stops a server we started and deletes its data, unless the data directory was the caller's. */
    @Override
    public void close() {
        server.close();
    }

    private static String textOf(@Nullable Object value) {
        return value == null ? "NULL" : value.toString();
    }

    private EmbeddedServer embedded() {
        if (server instanceof EmbeddedServer own) {
            return own;
        }
        throw new IllegalStateException("only an embedded server can do this; start one of your own");
    }

    private static void stopAtExit(AwaPostgres postgres) {
        Runtime.getRuntime().addShutdownHook(new Thread(postgres::close, "awa-postgres-stop"));
    }

    private static AwaPostgres choose() {
        String url = System.getenv(URL_VARIABLE);
        if (url != null && !url.isBlank()) {
            return new AwaPostgres(new GivenServer(ServerAddress.parse(url.strip())));
        }
        Options options = Options.defaults();
        Server server =
                DockerServer.available() ? DockerServer.start(options.settings()) : EmbeddedServer.start(options);
        AwaPostgres postgres = new AwaPostgres(server);
        stopAtExit(postgres);
        return postgres;
    }

    private record GivenServer(ServerAddress address) implements Server {
        @Override
        public void close() {
            // It was there before us.
        }
    }

    /** Started when first touched, once. */
    private static final class Shared {
        static final AwaPostgres SERVER = choose();
    }

    /**
     * How to start an embedded server. Immutable: each method returns a changed copy.
     *
     * @param settings server settings by name, over the defaults
     * @param dataDirectory where its data lives; null for a folder of its own that is deleted at the end
     * @param port where it listens on the loopback address; 0 for any free port
     * @param binaries its programs
     * @param stopAtExit whether the end of the process stops it; turn it off where a program's own shutdown still
     *     needs the database, and close it there
     */
    public record Options(
            Map<String, String> settings,
            @Nullable Path dataDirectory,
            int port,
            PgBinaries binaries,
            boolean stopAtExit) {

        private static final Map<String, String> DEFAULTS = Map.of(
                "fsync", "on",
                "synchronous_commit", "on",
                "full_page_writes", "on",
                "max_prepared_transactions", "20",
                "max_connections", "200",
                "shared_buffers", "256MB",
                "shared_preload_libraries", "",
                "timezone", "UTC",
                "log_timezone", "UTC",
                "max_wal_size", "2GB");

        /** Keeps its own copy of the settings. */
        public Options {
            settings = Map.copyOf(settings);
        }

        /**
         * PostgreSQL 18 from the class path, durable, on a free port, its data deleted at the end.
         *
         * @return the options
         */
        public static Options defaults() {
            return new Options(DEFAULTS, null, 0, PgBinaries.onClassPath(), true);
        }

        /**
         * Sets a server setting.
         *
         * @param name its name
         * @param value its value, not quoted
         * @return a copy with it
         */
        public Options setting(String name, String value) {
            Map<String, String> changed = new LinkedHashMap<>(settings);
            changed.put(name, value);
            return new Options(changed, dataDirectory, port, binaries, stopAtExit);
        }

        /**
         * Keeps the data in a folder that stays.
         *
         * @param directory a data directory, or a folder to become one
         * @return a copy with it
         */
        public Options dataDirectory(Path directory) {
            return new Options(settings, directory, port, binaries, stopAtExit);
        }

        /**
         * Listens on a given port.
         *
         * @param number the port
         * @return a copy with it
         */
        public Options port(int number) {
            return new Options(settings, dataDirectory, number, binaries, stopAtExit);
        }

        /**
         * Takes other programs, of another version for instance.
         *
         * @param programs where they come from
         * @return a copy with them
         */
        public Options binaries(PgBinaries programs) {
            return new Options(settings, dataDirectory, port, programs, stopAtExit);
        }

        /**
         * Says whether the end of the process stops the server.
         *
         * @param stop whether it does
         * @return a copy with it
         */
        public Options stopAtExit(boolean stop) {
            return new Options(settings, dataDirectory, port, binaries, stop);
        }
    }
}
