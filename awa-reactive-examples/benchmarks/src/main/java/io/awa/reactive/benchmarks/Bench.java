package io.awa.reactive.benchmarks;

import io.awa.reactive.AwaBuilder;
import io.awa.reactive.testkit.AwaPostgres;
import io.r2dbc.postgresql.PostgresqlConnectionFactoryProvider;
import io.r2dbc.spi.ConnectionFactories;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.ConnectionFactoryOptions;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import reactor.netty.resources.LoopResources;

/** What a scenario works with: a server, connections to it, and whom to tell. */
final class Bench implements AutoCloseable {

    private static final AtomicInteger SCHEMAS = new AtomicInteger();

    private final Options options;
    private final PrintWriter progress;
    private final @Nullable AwaPostgres own;
    private final String url;
    private final LoopResources loops;
    private final ConnectionFactory connections;
    private final Probe probe;

    private Bench(Options options, PrintWriter progress, @Nullable AwaPostgres own, String url) {
        this.options = options;
        this.progress = progress;
        this.own = own;
        this.url = url;
        this.loops = LoopResources.create("awa-bench", 1, options.loops, true, false);
        this.connections = ConnectionFactories.get(ConnectionFactoryOptions.parse(url)
                .mutate()
                .option(PostgresqlConnectionFactoryProvider.FORCE_BINARY, options.binary)
                .option(PostgresqlConnectionFactoryProvider.LOOP_RESOURCES, loops)
                .build());
        this.probe = new Probe(connections);
    }

    static Bench open(Options options, PrintWriter progress) {
        String url = options.databaseUrl;
        if (url != null) {
            return new Bench(options, progress, null, url.startsWith("r2dbc:") ? url : "r2dbc:" + url);
        }
        AwaPostgres own = AwaPostgres.start(AwaPostgres.Options.defaults()
                .setting("shared_buffers", "1GB")
                .setting("max_wal_size", "4GB")
                .setting("track_commit_timestamp", "on"));
        return new Bench(options, progress, own, own.url());
    }

    Options options() {
        return options;
    }

    /** The server's address, with the password in it. */
    String url() {
        return url;
    }

    ConnectionFactory connections() {
        return connections;
    }

    Probe probe() {
        return probe;
    }

    /** A fresh schema with the queue in it. */
    Stage stage() {
        return stage(builder -> builder);
    }

    /** The same, with settings of its own. */
    Stage stage(UnaryOperator<AwaBuilder> settings) {
        String schema = "awa_bench_" + ProcessHandle.current().pid() + "_" + SCHEMAS.incrementAndGet();
        return new Stage(this, schema, settings);
    }

    /** The number of the server's first process, where the server is this program's own. */
    long postmaster() {
        if (own == null) {
            throw new IllegalStateException("only a server that this program has started can be stopped");
        }
        return own.pid();
    }

    void say(String format, @Nullable Object... args) {
        progress.println(String.format(Locale.ROOT, format, args));
        progress.flush();
    }

    /** The settings that decide what the figures mean. */
    Map<String, @Nullable Object> server() {
        Report report = new Report();
        probe.rows("""
                SELECT name, current_setting(name) FROM pg_settings WHERE name IN ('server_version', 'fsync',
                  'synchronous_commit', 'full_page_writes', 'data_checksums', 'wal_level', 'wal_compression',
                  'wal_sync_method', 'shared_buffers', 'max_wal_size', 'checkpoint_timeout', 'commit_delay',
                  'autovacuum', 'io_method', 'max_connections', 'track_io_timing') ORDER BY name""").forEach(row -> report.put(String.valueOf(row.get(0)), row.get(1)));
        return report.fields();
    }

    @Override
    public void close() {
        probe.close();
        loops.disposeLater().block();
        if (own != null) {
            own.close();
        }
    }
}
