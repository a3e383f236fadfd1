package io.awa.reactive.schema;

import io.awa.reactive.AwaSchemaException;
import io.awa.reactive.schema.SchemaSession.Applied;
import io.awa.reactive.schema.SchemaSession.Found;
import io.awa.reactive.schema.SqlFile.Migration;
import java.util.List;

/**
 * What is to be done to a schema, decided from what was found there.
 *
 * @param found     what the schema holds
 * @param current   the database's version
 * @param latest    the library's version
 * @param pending   the migrations to apply
 * @param template  expands the files
 * @param functions all functions as one message
 * @param hash      of the functions
 */
record SchemaPlan(
        Found found,
        int current,
        int latest,
        List<Migration> pending,
        SqlTemplate template,
        String functions,
        String hash) {

    /**
     * Compares history and catalogue.
     *
     * @throws AwaSchemaException if an applied migration has another text in the catalogue, or the history has gaps
     */
    static SchemaPlan of(SchemaName schema, SqlCatalogue catalogue, Found found) {
        List<Migration> known = catalogue.migrations();
        List<Applied> applied = found.applied();
        for (int i = 0; i < applied.size(); i++) {
            if (applied.get(i).version() != i + 1) {
                throw new AwaSchemaException("schema " + schema.quoted() + ": version " + (i + 1)
                        + " is missing from its history, which goes on with "
                        + applied.get(i).version());
            }
            if (i < known.size()) {
                compare(schema, known.get(i), applied.get(i));
            }
        }
        int current = applied.size();
        SqlTemplate template = SqlCatalogue.template(schema, found.children());
        String functions = catalogue.functions(template);
        return new SchemaPlan(
                found,
                current,
                catalogue.latest(),
                current < known.size() ? known.subList(current, known.size()) : List.of(),
                template,
                functions,
                SqlFile.sha256(functions));
    }

    /** This plan, unless the database is ahead of the library. */
    SchemaPlan refuseNewer() {
        if (current > latest) {
            throw new AwaSchemaException("schema " + template.schema().quoted() + " is at version " + current
                    + ", but this library knows versions up to " + latest
                    + " only: a newer release has migrated it; use that release");
        }
        return this;
    }

    boolean replacesFunctions() {
        return !hash.equals(found.functionsHash());
    }

    MigrationReport report() {
        return new MigrationReport(
                template.schema().name(),
                current,
                latest,
                pending.stream().map(migration -> migration.file().fileName()).toList(),
                replacesFunctions(),
                template.children());
    }

    SchemaStatus status() {
        return new SchemaStatus(
                template.schema().name(),
                current,
                latest,
                pending.stream().map(migration -> migration.file().fileName()).toList(),
                !replacesFunctions(),
                template.children());
    }

    private static void compare(SchemaName schema, Migration known, Applied applied) {
        if (!known.checksum().equals(applied.checksum())) {
            throw new AwaSchemaException(known.file().path() + " differs from what was applied to schema "
                    + schema.quoted() + " as \"" + applied.name() + "\": checksum " + known.checksum() + ", applied "
                    + applied.checksum() + "; applied migrations are never edited");
        }
    }
}
