package io.awa.reactive.schema;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * Prints or extracts the SQL, for those who apply it with psql or Flyway. Needs no database:
 *
 * <pre>{@code
 * java -cp <class path> io.awa.reactive.schema.PrintSchema awa > awa.sql
 * java -cp <class path> io.awa.reactive.schema.PrintSchema awa --extract-to db/migration
 * }</pre>
 */
public final class PrintSchema {

    private static final String USAGE = "usage: PrintSchema SCHEMA [--extract-to FOLDER]";

    private PrintSchema() {}

    /** Exits with 2 and says how it is called where the arguments are off. */
    public static void main(String[] args) throws IOException {
        boolean prints = args.length == 1;
        boolean extracts = args.length == 3 && args[1].equals("--extract-to");
        if (!prints && !extracts) {
            System.err.println(USAGE);
            System.exit(2);
        }
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        if (prints) {
            out.print(SqlCatalogue.bundled().script(args[0]));
        } else {
            SqlCatalogue.bundled().extractTo(Path.of(args[2]), args[0]).forEach(out::println);
        }
    }
}
