package io.awa.reactive.schema;

import io.awa.reactive.AwaSchemaException;
import io.awa.reactive.AwaValidationException;
import io.awa.reactive.internal.Checks;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import java.time.Duration;
import java.util.function.Function;
import org.reactivestreams.Publisher;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Creates a schema and brings it up to date. Immutable and shareable; each setting returns a new instance.
 *
 * <p>Migrations are applied in order, each in a transaction of its own, then the functions are replaced in one
 * transaction if they differ. A failure leaves what was committed before it and nothing of itself. Starts on the same
 * schema take turns by an advisory lock of the session and converge: the first does the work, the others find it done.
 * The lock needs a session that is kept, so do not put a pooler in transaction mode in between.
 *
 * <p>A role needs the right to create in the database only if the schema does not exist, and the right to create in the
 * schema only if something is to be created. It must own what it replaces.
 *
 * <p>Each subscription takes one connection and closes it, whether it ends well, badly or by cancellation, without
 * lock, open transaction or changed setting. Signals arrive on the driver's threads, or on Reactor's timer after waiting
 * for the lock. Errors: {@link AwaSchemaException}, and the driver's own where no connection is to be had.
 */
public final class SchemaMigrator {

    /** How long a start waits for another one at most: one minute. */
    public static final Duration DEFAULT_LOCK_WAIT = Duration.ofMinutes(1);

    private static final Duration LONGEST_LOCK_WAIT = Duration.ofDays(1);
    private static final Logger LOG = LoggerFactory.getLogger(SchemaMigrator.class);

    private final ConnectionFactory connections;
    private final SqlCatalogue catalogue;
    private final SchemaName schema;
    private final int children;
    private final Duration lockWait;

    private SchemaMigrator(
            ConnectionFactory connections, SqlCatalogue catalogue, SchemaName schema, int children, Duration lockWait) {
        this.connections = connections;
        this.catalogue = catalogue;
        this.schema = schema;
        this.children = children;
        this.lockWait = lockWait;
    }

    /**
     * A migrator for the schema {@value SchemaName#DEFAULT} with this library's SQL.
     *
     * @param connections where connections come from; a pool will do
     */
    public static SchemaMigrator of(ConnectionFactory connections) {
        return new SchemaMigrator(
                Checks.notNull("connections", connections),
                SqlCatalogue.bundled(),
                new SchemaName(SchemaName.DEFAULT),
                SqlCatalogue.DEFAULT_CHILDREN,
                DEFAULT_LOCK_WAIT);
    }

    /**
     * The same for another schema.
     *
     * @param name without quotes; {@value SchemaName#DEFAULT} by default
     * @throws AwaValidationException if {@link SchemaName} refuses it
     */
    public SchemaMigrator schema(String name) {
        return new SchemaMigrator(connections, catalogue, new SchemaName(name), children, lockWait);
    }

    /**
     * The same with another number of children for a new schema. An existing schema keeps the number it was made with.
     *
     * @param number {@value SqlCatalogue#MIN_CHILDREN} to {@value SqlCatalogue#MAX_CHILDREN};
     *               {@value SqlCatalogue#DEFAULT_CHILDREN} by default
     * @throws AwaValidationException if it is out of range
     */
    public SchemaMigrator children(int number) {
        return new SchemaMigrator(
                connections,
                catalogue,
                schema,
                SqlCatalogue.template(schema, number).children(),
                lockWait);
    }

    /**
     * The same with another bound on the wait for another start.
     *
     * @param wait not negative, at most a day; one minute by default
     * @throws AwaValidationException if it is out of range
     */
    public SchemaMigrator lockWait(Duration wait) {
        if (Checks.notNull("lockWait", wait).isNegative() || wait.compareTo(LONGEST_LOCK_WAIT) > 0) {
            throw new AwaValidationException("lockWait", wait, "0 to " + LONGEST_LOCK_WAIT);
        }
        return new SchemaMigrator(connections, catalogue, schema, children, wait);
    }

    /** The same with other SQL than this library's own. */
    public SchemaMigrator catalogue(SqlCatalogue other) {
        return new SchemaMigrator(connections, Checks.notNull("catalogue", other), schema, children, lockWait);
    }

    /**
     * Creates what is missing. Subscribing again is harmless and finds nothing to do.
     *
     * @return what was done; an {@link AwaSchemaException} if an applied migration was edited, the database is newer
     *     than the library, a file fails, or the lock stays held
     */
    public Mono<MigrationReport> migrate() {
        MigrationLock lock = new MigrationLock(schema, lockWait);
        return onConnection(
                lock,
                (connection, session) -> lock.acquire(connection)
                        .then(Mono.defer(() -> plan(session)))
                        .map(SchemaPlan::refuseNewer)
                        .flatMap(plan -> carryOut(plan, session).thenReturn(plan.report())));
    }

    /**
     * Compares the schema with the library, without a lock and without changing anything.
     *
     * @return how it stands, also for a schema that does not exist; an {@link AwaSchemaException} if an applied migration
     *     was edited
     */
    public Mono<SchemaStatus> status() {
        return onConnection(
                new MigrationLock(schema, lockWait),
                (connection, session) -> plan(session).map(SchemaPlan::status));
    }

    private <T> Mono<T> onConnection(MigrationLock lock, Work<T> work) {
        HistorySql sql = new HistorySql(schema);
        Function<Connection, Publisher<?>> settle = connection -> new SchemaSession(connection, sql).settle(lock);
        return Mono.usingWhen(
                connections.create(),
                connection -> work.with(connection, new SchemaSession(connection, sql)),
                settle,
                (connection, error) -> settle.apply(connection),
                settle);
    }

    private Mono<SchemaPlan> plan(SchemaSession session) {
        return session.read(children).map(found -> SchemaPlan.of(schema, catalogue, found));
    }

    private Mono<Void> carryOut(SchemaPlan plan, SchemaSession session) {
        // The first transaction also creates schema and tables, so that a failing one leaves nothing at all.
        Mono<Void> create = plan.found().hasTables() ? Mono.empty() : session.create();
        Mono<Void> migrations = Flux.fromIterable(plan.pending())
                .index()
                .concatMap(next -> {
                    Mono<Void> apply = session.apply(next.getT2(), plan.template());
                    String file = next.getT2().file().fileName();
                    return session.inTransaction(next.getT1() == 0 ? create.then(apply) : apply)
                            .doOnSuccess(done -> LOG.info("schema {}: applied {}", schema.quoted(), file));
                })
                .then();
        if (!plan.replacesFunctions()) {
            return migrations;
        }
        Mono<Void> replace = session.replaceFunctions(plan.functions(), plan.hash());
        return migrations
                .then(session.inTransaction(plan.pending().isEmpty() ? create.then(replace) : replace))
                .doOnSuccess(done -> LOG.info("schema {}: functions replaced", schema.quoted()));
    }

    @FunctionalInterface
    private interface Work<T> {
        Mono<T> with(Connection connection, SchemaSession session);
    }
}
