package io.awa.reactive.chaos;

import io.r2dbc.postgresql.api.PostgresqlConnection;
import io.r2dbc.postgresql.api.PostgresqlResult;
import io.r2dbc.spi.IsolationLevel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.SplittableRandom;
import reactor.core.publisher.Flux;

/** Other people's transactions that stay open. */
final class LockFaults {

    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final int READ = 6;

    private LockFaults() {}

    /** A reader holds ACCESS SHARE on several children, so that they cannot be given back. */
    static void readers(World world, Tenant tenant, SplittableRandom random, Duration time) {
        List<String> tables = children(tenant);
        Collections.shuffle(tables, new Random(random.nextLong()));
        PostgresqlConnection reader = open(world);
        try {
            reader.beginTransaction().block(PATIENCE);
            tables.stream().limit(READ).forEach(table -> run(reader, "SELECT count(*) FROM " + table));
            World.lasting(time);
            reader.rollbackTransaction().block(PATIENCE);
        } finally {
            close(reader);
        }
    }

    /** A producer has stored jobs in the hot lane, and takes its time before it commits, or does not. */
    static void openProducer(World world, Tenant tenant, SplittableRandom random, Duration time) {
        PostgresqlConnection producer = open(world);
        try {
            producer.beginTransaction().block(PATIENCE);
            List<Long> ids = Objects.requireNonNull(Flux.range(0, 20)
                    .concatMap(i -> tenant.awa.on(producer).enqueue(Kinds.of(Deed.PLAIN, random)))
                    .map(stored -> stored.id().value())
                    .collectList()
                    .block(PATIENCE));
            World.lasting(time);
            if (random.nextInt(3) == 0) {
                producer.rollbackTransaction().block(PATIENCE);
                tenant.stored.rolledBack(ids);
            } else {
                Stored.Moment asked = tenant.stored.asked();
                producer.commitTransaction().block(PATIENCE);
                asked.committed(ids);
            }
        } finally {
            close(producer);
        }
    }

    /** What pg_dump does: ACCESS SHARE on every table of the schema in one snapshot, then each of them copied out. */
    static void dump(World world, Tenant tenant, SplittableRandom random, Duration time) {
        long end = System.nanoTime() + time.toNanos();
        do {
            PostgresqlConnection dump = open(world);
            try {
                dump.setTransactionIsolationLevel(IsolationLevel.REPEATABLE_READ)
                        .block(PATIENCE);
                dump.beginTransaction().block(PATIENCE);
                run(dump, "SET TRANSACTION READ ONLY");
                List<String> tables = tables(tenant);
                run(dump, "LOCK TABLE " + String.join(", ", tables) + " IN ACCESS SHARE MODE");
                long each = Math.max(1, (end - System.nanoTime()) / 1_000_000 / tables.size());
                for (String table : tables) {
                    run(dump, "COPY " + table + " TO '/dev/null'");
                    World.lasting(Duration.ofMillis(each));
                }
                dump.commitTransaction().block(PATIENCE);
            } finally {
                close(dump);
            }
        } while (System.nanoTime() < end);
    }

    private static List<String> children(Tenant tenant) {
        return new ArrayList<>(tables(tenant).stream()
                .filter(table -> table.matches(".*\\.(jobs|marks|claims|closures|entries|endings|keys)_\\d+"))
                .toList());
    }

    private static List<String> tables(Tenant tenant) {
        return tenant.sql("SELECT '" + tenant.schema + ".' || c.relname FROM pg_class c" + " WHERE c.relnamespace = '"
                + tenant.schema + "'::regnamespace AND c.relkind = 'r' ORDER BY c.oid");
    }

    private static PostgresqlConnection open(World world) {
        return Objects.requireNonNull(world.server.connections().create().block(PATIENCE));
    }

    private static void run(PostgresqlConnection connection, String sql) {
        connection
                .createStatement(sql)
                .execute()
                .concatMap(PostgresqlResult::getRowsUpdated)
                .blockLast(PATIENCE);
    }

    private static void close(PostgresqlConnection connection) {
        connection.close().onErrorComplete().block(PATIENCE);
    }
}
