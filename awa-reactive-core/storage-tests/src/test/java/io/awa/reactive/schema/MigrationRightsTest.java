package io.awa.reactive.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.awa.reactive.AwaSchemaException;
import io.awa.reactive.testkit.AwaPostgres;
import io.r2dbc.postgresql.PostgresqlConnectionFactory;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Roles that may do little, with the library's own SQL. */
class MigrationRightsTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final AwaPostgres POSTGRES = AwaPostgres.shared();

    private final String schema = POSTGRES.freshSchema();
    private final String role = POSTGRES.freshSchema("role");
    private final SchemaMigrator migrator = SchemaMigrator.of(new PostgresqlConnectionFactory(
                    POSTGRES.configuration().username(role).password("secret").build()))
            .schema(schema)
            .children(2);

    @BeforeEach
    void createRole() {
        query("create role " + role + " login password 'secret' nosuperuser nocreatedb nocreaterole");
    }

    @AfterEach
    void dropRole() {
        query("drop schema if exists " + schema + " cascade; drop owned by " + role + "; drop role " + role);
    }

    @Test
    void theOwnerOfTheSchemaNeedsNoOtherRight() {
        query("create schema " + schema + " authorization " + role);

        assertThat(migrator.migrate().block(PATIENCE).from()).isZero();
        assertThat(migrator.migrate().block(PATIENCE).changedAnything()).isFalse();
    }

    @Test
    void theRightToCreateInTheSchemaIsEnough() {
        query("create schema " + schema + "; grant create, usage on schema " + schema + " to " + role);

        assertThat(migrator.migrate().block(PATIENCE).from()).isZero();
        assertThat(migrator.status().block(PATIENCE).upToDate()).isTrue();
    }

    @Test
    void withoutTheRightToCreateTheSchemaTheErrorSaysSo() {
        query("revoke create on database " + query("select current_database()").get(0) + " from public");

        assertThatThrownBy(() -> migrator.migrate().block(PATIENCE))
                .isInstanceOf(AwaSchemaException.class)
                .hasMessageContaining(schema)
                .hasMessageContaining("cannot be created")
                .hasMessageContaining("permission denied");
    }

    @Test
    void anUpToDateSchemaNeedsTheRightToReadOnly() {
        SchemaMigrator.of(POSTGRES.connections())
                .schema(schema)
                .children(3)
                .migrate()
                .block(PATIENCE);
        query("grant usage on schema " + schema + " to " + role + "; grant select on " + schema + ".schema_history, "
                + schema + ".schema_functions, " + schema + ".settings to " + role);

        MigrationReport report = migrator.migrate().block(PATIENCE);

        assertThat(report.changedAnything()).isFalse();
        assertThat(report.children()).isEqualTo(3);
    }

    private static List<String> query(String sql) {
        return POSTGRES.query(sql).collectList().block(PATIENCE);
    }
}
