package io.awa.reactive.schema;

import io.awa.reactive.AwaSchemaException;
import io.awa.reactive.AwaValidationException;
import io.awa.reactive.internal.Checks;
import io.awa.reactive.schema.SqlFile.Migration;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The SQL this library brings: forward-only migrations and the functions loaded after them. {@link SchemaMigrator}
 * applies it; {@link #script} and {@link #extractTo} hand it to those who apply SQL by other means, psql or Flyway.
 * SQL applied that way records itself as the migrator would, so that both can be used on one schema.
 *
 * <p>Immutable and shareable. Reading the class path and writing files block; do neither on a reactive thread.
 */
public final class SqlCatalogue {

    /** Children of the ring where no number is given: {@value}. */
    public static final int DEFAULT_CHILDREN = 8;

    /** The fewest children a ring can turn with: {@value}. */
    public static final int MIN_CHILDREN = 2;

    /** The most children: {@value}. */
    public static final int MAX_CHILDREN = 64;

    private static final String MIGRATIONS = "migrations/";
    private static final String FUNCTIONS = "functions/";

    private final List<Migration> migrations;
    private final List<SqlFile> functions;

    private SqlCatalogue(List<Migration> migrations, List<SqlFile> functions) {
        this.migrations = migrations;
        this.functions = functions;
    }

    /** The SQL of this version of the library. */
    public static SqlCatalogue bundled() {
        return Bundled.CATALOGUE;
    }

    /**
     * A catalogue read from a folder of the class path: the file {@code index} in it names the others, one a line,
     * {@code migrations/V001__words.sql} and {@code functions/words.sql}.
     *
     * @param folder without slashes at its ends
     * @param loader where to look
     * @throws AwaSchemaException if files are missing, misnamed, or versions are not 1, 2, 3, …
     */
    public static SqlCatalogue fromClassPath(String folder, ClassLoader loader) {
        List<Migration> migrations = new ArrayList<>();
        List<SqlFile> functions = new ArrayList<>();
        for (String line : read(loader, folder + "/index").lines().toList()) {
            String path = line.strip();
            if (path.startsWith(MIGRATIONS)) {
                migrations.add(file(loader, folder, path).toMigration());
            } else if (path.startsWith(FUNCTIONS)) {
                functions.add(file(loader, folder, path));
            } else if (!path.isEmpty()) {
                throw new AwaSchemaException(folder + "/index: neither a migration nor a function: " + path);
            }
        }
        migrations.sort(Comparator.comparingInt(Migration::version));
        for (int i = 0; i < migrations.size(); i++) {
            if (migrations.get(i).version() != i + 1) {
                throw new AwaSchemaException(
                        migrations.get(i).file().path() + ": version " + (i + 1) + " is missing, or one is twice");
            }
        }
        functions.sort(Comparator.comparing(SqlFile::path));
        return new SqlCatalogue(List.copyOf(migrations), List.copyOf(functions));
    }

    /** {@link #script(String, int)} with {@value #DEFAULT_CHILDREN} children. */
    public String script(String schema) {
        return script(schema, DEFAULT_CHILDREN);
    }

    /**
     * All the SQL for a new schema as one text: the schema itself where it is missing, the migrations in order, the
     * functions. It holds no transaction commands: run it in one ({@code psql -1 -v ON_ERROR_STOP=1}).
     *
     * @param schema   the schema's name, without quotes
     * @param children how many children the ring has, {@value #MIN_CHILDREN} to {@value #MAX_CHILDREN}
     * @throws AwaValidationException if the name or the number is refused
     */
    public String script(String schema, int children) {
        SqlTemplate template = template(new SchemaName(schema), children);
        HistorySql history = new HistorySql(template.schema());
        StringBuilder out = new StringBuilder(history.create());
        for (Migration migration : migrations) {
            out.append('\n').append(recorded(migration, template, history));
        }
        return out.append('\n').append(recordedFunctions(template, history)).toString();
    }

    /** {@link #extractTo(Path, String, int)} with {@value #DEFAULT_CHILDREN} children. */
    public List<Path> extractTo(Path folder, String schema) throws IOException {
        return extractTo(folder, schema, DEFAULT_CHILDREN);
    }

    /**
     * Writes the SQL for one schema as files Flyway understands: {@code V001__words.sql} and so on, and
     * {@code R__functions.sql}, to run again whenever it changed. Existing files are replaced.
     *
     * @param folder   created where missing
     * @param schema   the schema's name, without quotes
     * @param children how many children the ring has, {@value #MIN_CHILDREN} to {@value #MAX_CHILDREN}; keep it the same
     *                 for one database
     * @return the files written, in the order to apply them
     * @throws IOException            if a file cannot be written
     * @throws AwaValidationException if the name or the number is refused
     */
    public List<Path> extractTo(Path folder, String schema, int children) throws IOException {
        SqlTemplate template = template(new SchemaName(schema), children);
        HistorySql history = new HistorySql(template.schema());
        Files.createDirectories(folder);
        List<Path> written = new ArrayList<>();
        for (Migration migration : migrations) {
            String create = migration.version() == 1 ? history.create() + "\n" : "";
            written.add(Files.writeString(
                    folder.resolve(migration.file().fileName()), create + recorded(migration, template, history)));
        }
        written.add(Files.writeString(folder.resolve("R__functions.sql"), recordedFunctions(template, history)));
        return List.copyOf(written);
    }

    /** In order of their versions, 1 first. */
    List<Migration> migrations() {
        return migrations;
    }

    /** The version this catalogue ends at, 0 when it is empty. */
    public int latest() {
        return migrations.size();
    }

    /** All functions for one schema, as one message. */
    String functions(SqlTemplate template) {
        StringBuilder out = new StringBuilder();
        for (SqlFile file : functions) {
            out.append("-- ").append(file.path()).append('\n');
            out.append(terminated(template.expand(file)));
        }
        return out.toString();
    }

    static SqlTemplate template(SchemaName schema, int children) {
        return new SqlTemplate(schema, Checks.between("children", children, MIN_CHILDREN, MAX_CHILDREN));
    }

    private String recordedFunctions(SqlTemplate template, HistorySql history) {
        String sql = functions(template);
        return sql + history.recordFunctions(SqlFile.sha256(sql));
    }

    private static String recorded(Migration migration, SqlTemplate template, HistorySql history) {
        return "-- " + migration.file().fileName() + "\n" + terminated(template.expand(migration.file()))
                + history.record(migration);
    }

    // A forgotten semicolon would join two files' statements into one; one too many is an empty statement.
    private static String terminated(String sql) {
        return sql.stripTrailing().endsWith(";") ? sql : sql + ";\n";
    }

    private static SqlFile file(ClassLoader loader, String folder, String path) {
        return new SqlFile(path, read(loader, folder + "/" + path));
    }

    private static String read(ClassLoader loader, String resource) {
        try (InputStream in = loader.getResourceAsStream(resource)) {
            if (in == null) {
                throw new AwaSchemaException("not on the class path: " + resource);
            }
            // The checksum must not depend on how the building machine ends lines.
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).replace("\r\n", "\n");
        } catch (IOException e) {
            throw new AwaSchemaException("cannot read " + resource + " from the class path", e);
        }
    }

    private static final class Bundled {
        static final SqlCatalogue CATALOGUE = fromClassPath("awa/sql", SqlCatalogue.class.getClassLoader());
    }
}
