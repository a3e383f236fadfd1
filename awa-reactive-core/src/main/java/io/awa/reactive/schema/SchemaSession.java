package io.awa.reactive.schema;

import io.awa.reactive.AwaSchemaException;
import io.awa.reactive.AwaValidationException;
import io.awa.reactive.internal.pg.PlainSql;
import io.awa.reactive.schema.SqlFile.Migration;
import io.r2dbc.spi.Connection;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import reactor.core.publisher.Mono;

/**
 * What the migrator asks of one connection. Each file goes out as one simple-query message, whatever its number of
 * statements; it has no parameters, and {@code $1} in its bodies is left alone.
 */
final class SchemaSession {

    private static final String NO_HASH = "";

    private final Connection connection;
    private final HistorySql sql;
    private final SchemaName schema;

    SchemaSession(Connection connection, HistorySql sql) {
        this.connection = connection;
        this.sql = sql;
        this.schema = sql.schema();
    }

    /** Reads everything about the schema that later decisions need. */
    Mono<Found> read(int childrenIfNew) {
        return probe().flatMap(tables -> {
            boolean hasHistory = tables.contains(HistorySql.HISTORY);
            boolean hasFunctions = tables.contains(HistorySql.FUNCTIONS);
            Mono<List<Applied>> history = hasHistory
                    ? PlainSql.rows(connection, sql.readHistory())
                            .map(Applied::of)
                            .collectList()
                    : Mono.just(List.of());
            Mono<String> hash = hasFunctions
                    ? PlainSql.rows(connection, sql.readFunctionsHash())
                            .map(row -> row.get(0))
                            .single(NO_HASH)
                    : Mono.just(NO_HASH);
            // without our history a table of that name is someone else's
            Mono<Integer> children = hasHistory && tables.contains(HistorySql.SETTINGS)
                    ? PlainSql.rows(connection, sql.readChildren())
                            .map(this::childrenOf)
                            .single(childrenIfNew)
                    : Mono.just(childrenIfNew);
            // one connection: one after the other
            return history.flatMap(applied -> hash.flatMap(
                    known -> children.map(number -> new Found(hasHistory && hasFunctions, applied, known, number))));
        });
    }

    /** Creates the schema and the migrator's tables where missing. */
    Mono<Void> create() {
        return message(sql.create())
                .onErrorMap(e -> new AwaSchemaException(
                        "schema " + schema.quoted() + " or its tables cannot be created: " + e.getMessage(), e));
    }

    /** Applies a migration and records it. */
    Mono<Void> apply(Migration migration, SqlTemplate template) {
        return message(template.expand(migration.file()))
                .then(message(sql.record(migration)))
                .onErrorMap(e -> new AwaSchemaException(
                        migration.file().path() + " failed in schema " + schema.quoted() + " and was rolled back: "
                                + e.getMessage(),
                        e));
    }

    /** Loads the functions and records their hash. */
    Mono<Void> replaceFunctions(String functions, String hash) {
        return (functions.isEmpty() ? Mono.<Void>empty() : message(functions))
                .then(message(sql.recordFunctions(hash)))
                .onErrorMap(e -> new AwaSchemaException(
                        "the functions failed to load into schema " + schema.quoted() + " and were rolled back: "
                                + e.getMessage(),
                        e));
    }

    /**
     * Runs the work in a transaction and commits it. Where that fails or is cancelled the transaction stays open:
     * {@link #settle} rolls it back, on every path and in one place.
     */
    Mono<Void> inTransaction(Mono<Void> work) {
        return Mono.defer(() -> Mono.from(connection.beginTransaction()))
                .then(work)
                .then(Mono.defer(() -> Mono.from(connection.commitTransaction())))
                .onErrorMap(
                        e -> !(e instanceof AwaSchemaException),
                        e -> new AwaSchemaException(
                                "schema " + schema.quoted() + ": a transaction failed: " + e.getMessage(), e));
    }

    /**
     * Ends whatever is still open on the connection, on every path. After a cancellation a statement may still run; a
     * query waits for it, so that the driver then knows whether a transaction is open. Twice: the cancellation may meet
     * the connection's thread just as that sends the next statement, behind the first query. The answer to the first one
     * comes by the same thread, so that statement is ahead of the second.
     */
    Mono<Void> settle(MigrationLock lock) {
        return quietly(message("SELECT 1"))
                .then(quietly(message("SELECT 1")))
                .then(quietly(Mono.defer(() -> Mono.from(connection.rollbackTransaction()))))
                .then(quietly(lock.release(connection)))
                .then(quietly(Mono.defer(() -> Mono.from(connection.close()))));
    }

    private Mono<Set<String>> probe() {
        return PlainSql.rows(connection, HistorySql.PROBE, schema.name())
                .map(row -> row.get(0))
                .collect(Collectors.toUnmodifiableSet());
    }

    private int childrenOf(List<String> row) {
        try {
            return SqlCatalogue.template(schema, Integer.parseInt(row.get(0))).children();
        } catch (NumberFormatException | AwaValidationException e) {
            throw new AwaSchemaException(
                    "schema " + schema.quoted() + ": its setting children is no number of children: " + row.get(0), e);
        }
    }

    private Mono<Void> message(String text) {
        return PlainSql.run(connection, text);
    }

    private static Mono<Void> quietly(Mono<Void> step) {
        return step.onErrorComplete();
    }

    /** A row of the history. */
    record Applied(int version, String name, String checksum) {
        private static Applied of(List<String> row) {
            return new Applied(Integer.parseInt(row.get(0)), row.get(1), row.get(2));
        }
    }

    /**
     * What a schema holds.
     *
     * @param hasTables     whether the migrator's own tables are there
     * @param applied       the history in order
     * @param functionsHash of the functions loaded last, empty when none were
     * @param children      how many children the ring has, or is to get
     */
    record Found(boolean hasTables, List<Applied> applied, String functionsHash, int children) {}
}
