package io.awa.reactive.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.awa.reactive.AwaSchemaException;
import io.awa.reactive.testkit.AwaPostgres;
import io.awa.reactive.testkit.SeededTest;
import io.awa.reactive.testkit.Seeds;
import io.r2dbc.postgresql.PostgresqlConnectionFactory;
import io.r2dbc.postgresql.api.PostgresqlConnection;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.ConnectionFactoryMetadata;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Publisher;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** What the migrator does to the connections it is given: nothing that lasts. */
class MigrationSessionTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final AwaPostgres POSTGRES = AwaPostgres.shared();

    private final SqlTexts small = SqlTexts.small();
    private final String schema = POSTGRES.freshSchema();
    // the application name finds this test's sessions again
    private final PostgresqlConnectionFactory named = new PostgresqlConnectionFactory(
            POSTGRES.configuration().applicationName(schema).build());

    @Test
    void closesItsConnectionOnSuccessAndError() {
        migrator(named, small).migrate().block(PATIENCE);
        migrator(named, small).status().block(PATIENCE);
        assertThatThrownBy(() -> migrator(named, small.with("migrations/V003__bad.sql", "nonsense"))
                        .migrate()
                        .block(PATIENCE))
                .isInstanceOf(AwaSchemaException.class);

        awaitSessions("", "0");
    }

    @Test
    void aCancelledStartLeavesNoSessionNoLockAndNoChange() {
        SqlTexts slow = small.with("migrations/V001__start.sql", "create table ${schema}.a (x int);select pg_sleep(6)");
        Disposable start = migrator(named, slow).migrate().subscribe();
        awaitSessions("and query like '%pg_sleep%' and state = 'active'", "1");
        start.dispose();

        awaitSessions("", "0");
        assertThat(query("select count(*) from pg_namespace where nspname = '" + schema + "'"))
                .containsExactly("0");
        assertThat(migrator(named, small)
                        .lockWait(Duration.ZERO)
                        .migrate()
                        .block(PATIENCE)
                        .to())
                .isEqualTo(2);
    }

    @Test
    void aKeptConnectionIsLeftAsItWas() {
        PostgresqlConnection connection = named.create().block(PATIENCE);
        ConnectionFactory kept = new OneConnection(connection);
        List<String> before = session(connection);

        migrator(kept, small).migrate().block(PATIENCE);
        assertThat(session(connection)).isEqualTo(before);

        assertThatThrownBy(() -> migrator(kept, small.with("migrations/V003__bad.sql", "select 1; select 1/0"))
                        .migrate()
                        .block(PATIENCE))
                .isInstanceOf(AwaSchemaException.class);
        assertThat(session(connection)).isEqualTo(before);

        SqlTexts slow = small.with("migrations/V003__slow.sql", "select pg_sleep(6)");
        Disposable start = migrator(kept, slow).migrate().subscribe();
        awaitSessions("and query like '%pg_sleep%' and state = 'active'", "1");
        start.dispose();
        awaitSessions("and state = 'idle' and query not like '%pg_sleep%'", "1");
        assertThat(session(connection)).isEqualTo(before);
        assertThat(migrator(kept, small).migrate().block(PATIENCE).changedAnything())
                .isFalse();
        connection.close().block(PATIENCE);
    }

    @SeededTest(2)
    void aStartMayBeCancelledAtAnyMoment(long seed) {
        SplittableRandom random = Seeds.random(seed);
        PostgresqlConnection connection = named.create().block(PATIENCE);
        OneConnection kept = new OneConnection(connection);
        migrator(kept, small).migrate().block(PATIENCE);
        List<String> before = session(connection);

        for (int round = 1; round <= 60; round++) {
            // other functions each time, so that there is a transaction to be caught in
            SqlTexts changed = small.with("functions/round.sql", "select " + seed + ", " + round);
            int closed = kept.closed().get();
            Disposable start = migrator(kept, changed).migrate().subscribe();
            Mono.delay(Duration.ofNanos(random.nextLong(12_000_000))).block(PATIENCE);
            start.dispose();
            kept.awaitClosed(closed + 1);
            assertThat(session(connection)).as("round " + round).isEqualTo(before);
        }
        assertThat(migrator(kept, small).migrate().block(PATIENCE).to()).isEqualTo(2);
        connection.close().block(PATIENCE);
    }

    @Test
    void waitsForTheLockOnlySoLong() {
        PostgresqlConnection holder = named.create().block(PATIENCE);
        MigrationLock lock = new MigrationLock(new SchemaName(schema), Duration.ZERO);
        lock.acquire(holder).block(PATIENCE);

        assertThatThrownBy(() -> migrator(named, small)
                        .lockWait(Duration.ofMillis(300))
                        .migrate()
                        .block(PATIENCE))
                .isInstanceOf(AwaSchemaException.class)
                .hasMessageContaining(schema)
                .hasMessageContaining("300 ms");
        assertThat(migrator(named, small).status().block(PATIENCE).current()).isZero();
        awaitSessions("", "1");

        Mono<MigrationReport> waiting = migrator(named, small).migrate();
        assertThat(waiting.zipWith(Mono.delay(Duration.ofMillis(200))
                                .then(lock.release(holder).thenReturn(true)))
                        .block(PATIENCE)
                        .getT1()
                        .to())
                .isEqualTo(2);
        holder.close().block(PATIENCE);
    }

    @Test
    void cancellingTheWaitLeavesNoSession() {
        PostgresqlConnection holder =
                POSTGRES.connections().create().cast(PostgresqlConnection.class).block(PATIENCE);
        MigrationLock lock = new MigrationLock(new SchemaName(schema), Duration.ZERO);
        lock.acquire(holder).block(PATIENCE);
        Disposable start = migrator(named, small).migrate().subscribe();
        awaitSessions("and query like '%pg_try_advisory_lock%'", "1");
        start.dispose();

        awaitSessions("", "0");
        holder.close().block(PATIENCE);
    }

    @Test
    void aLostSessionGivesTheLockBack() {
        SqlTexts slow = small.with("migrations/V002__more.sql", "select pg_sleep(30)");
        Mono<MigrationReport> start = migrator(named, slow).migrate();
        Mono<Void> kill = sessions("and query like '%pg_sleep%' and state = 'active'")
                .filter("1"::equals)
                .repeatWhenEmpty(600, tries -> tries.delayElements(Duration.ofMillis(20)))
                .then(POSTGRES.query("select pg_terminate_backend(pid) from pg_stat_activity where application_name = '"
                                + schema + "'")
                        .then());

        assertThatThrownBy(() -> Mono.zip(start, kill.thenReturn(true)).block(PATIENCE))
                .isInstanceOf(AwaSchemaException.class)
                .hasMessageContaining("V002__more.sql");
        awaitSessions("", "0");
        assertThat(migrator(named, small).migrate().block(PATIENCE).applied()).containsExactly("V002__more.sql");
    }

    private SchemaMigrator migrator(ConnectionFactory connections, SqlTexts texts) {
        return SchemaMigrator.of(connections).schema(schema).catalogue(texts.catalogue());
    }

    private void awaitSessions(String where, String count) {
        String seen = sessions(where)
                .filter(count::equals)
                .repeatWhenEmpty(1_500, tries -> tries.delayElements(Duration.ofMillis(20)))
                .onErrorComplete()
                .block(PATIENCE);
        assertThat(seen)
                .as("sessions " + where + ": "
                        + query("select state || ' ' || query from pg_stat_activity where application_name = '" + schema
                                + "'"))
                .isEqualTo(count);
    }

    private Mono<String> sessions(String where) {
        return POSTGRES.query(
                        "select count(*) from pg_stat_activity where application_name = '" + schema + "' " + where)
                .single();
    }

    /** Advisory locks, open transaction and settings, as the session itself sees them. */
    private static List<String> session(Connection connection) {
        return Flux.from(connection
                        .createStatement("select count(*)::text from pg_locks where locktype = 'advisory'"
                                + " and pid = pg_backend_pid() union all"
                                + " select count(*)::text from pg_stat_activity where pid = pg_backend_pid()"
                                + " and xact_start < query_start union all"
                                + " select string_agg(name || '=' || setting, ',' order by name) from pg_settings"
                                + " where source = 'session'")
                        .execute())
                .concatMap(result -> result.map((row, meta) -> String.valueOf(row.get(0))))
                .collectList()
                .block(PATIENCE);
    }

    private static List<String> query(String sql) {
        return POSTGRES.query(sql).collectList().block(PATIENCE);
    }

    /** Hands out the same connection and keeps it open, as a pool of one would. */
    private record OneConnection(PostgresqlConnection connection, AtomicInteger closed) implements ConnectionFactory {

        OneConnection(PostgresqlConnection connection) {
            this(connection, new AtomicInteger());
        }

        void awaitClosed(int times) {
            Mono.fromSupplier(closed::get)
                    .filter(seen -> seen >= times)
                    .repeatWhenEmpty(tries -> tries.delayElements(Duration.ofMillis(2)))
                    .block(PATIENCE);
        }

        @Override
        public Publisher<? extends Connection> create() {
            return Mono.just((Connection) Proxy.newProxyInstance(
                    getClass().getClassLoader(), new Class<?>[] {Connection.class}, (proxy, method, args) -> {
                        if (method.getName().equals("close")) {
                            return Mono.fromRunnable(closed::incrementAndGet);
                        }
                        try {
                            return method.invoke(connection, args);
                        } catch (InvocationTargetException e) {
                            throw e.getCause();
                        }
                    }));
        }

        @Override
        public ConnectionFactoryMetadata getMetadata() {
            return () -> "one connection";
        }
    }
}
