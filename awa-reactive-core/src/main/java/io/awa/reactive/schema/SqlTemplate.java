package io.awa.reactive.schema;

import io.awa.reactive.AwaSchemaException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Turns a file of the catalogue into SQL for one schema. Replaces {@code ${schema}}, {@code ${schema_literal}} and
 * {@code ${children}}; repeats a file whose first line is {@code -- awa:for-each-child}, or the lines between
 * {@code -- awa:each-child} and {@code -- awa:end}, once for each child, with its number for {@code ${child}}.
 *
 * @param schema   the schema
 * @param children how many children the ring has
 */
record SqlTemplate(SchemaName schema, int children) {

    private static final String WHOLE_FILE = "-- awa:for-each-child";
    private static final String BLOCK = "-- awa:each-child";
    private static final String END = "-- awa:end";
    private static final int NO_CHILD = -1;
    private static final Pattern PLACEHOLDER = Pattern.compile("\\$\\{([^}\\n]*)}");

    /** The file's SQL, ending with a line break. */
    String expand(SqlFile file) {
        String text = file.text().endsWith("\n") ? file.text() : file.text() + "\n";
        String first = text.substring(0, text.indexOf('\n'));
        if (!first.strip().equals(WHOLE_FILE)) {
            return blocks(file, text);
        }
        String body = text.substring(first.length() + 1);
        if (body.lines().anyMatch(line -> line.strip().equals(BLOCK))) {
            throw broken(file, "a block for each child inside a file for each child");
        }
        return repeat(file, body);
    }

    private String blocks(SqlFile file, String text) {
        StringBuilder out = new StringBuilder(text.length());
        StringBuilder part = new StringBuilder();
        boolean inBlock = false;
        for (String line : text.lines().toList()) {
            String mark = line.strip();
            if (!mark.equals(BLOCK) && !mark.equals(END)) {
                part.append(line).append('\n');
                continue;
            }
            if (inBlock == mark.equals(BLOCK)) {
                throw broken(file, inBlock ? "a block inside a block" : END + " without " + BLOCK);
            }
            out.append(inBlock ? repeat(file, part.toString()) : fill(file, part.toString(), NO_CHILD));
            part.setLength(0);
            inBlock = !inBlock;
        }
        if (inBlock) {
            throw broken(file, BLOCK + " without " + END);
        }
        return out.append(fill(file, part.toString(), NO_CHILD)).toString();
    }

    private String repeat(SqlFile file, String text) {
        StringBuilder out = new StringBuilder(text.length() * children);
        for (int child = 0; child < children; child++) {
            out.append(fill(file, text, child));
        }
        return out.toString();
    }

    // One pass: what was put in is never looked at again, whatever the schema is called.
    private String fill(SqlFile file, String text, int child) {
        return PLACEHOLDER
                .matcher(text)
                .replaceAll(match -> Matcher.quoteReplacement(value(file, match.group(1), child)));
    }

    private String value(SqlFile file, String placeholder, int child) {
        return switch (placeholder) {
            case "schema" -> schema.quoted();
            case "schema_literal" -> schema.literal();
            case "children" -> Integer.toString(children);
            case "child" -> {
                if (child == NO_CHILD) {
                    throw broken(file, "${child} outside of a block for each child");
                }
                yield Integer.toString(child);
            }
            default -> throw broken(file, "unknown placeholder ${" + placeholder + "}");
        };
    }

    private static AwaSchemaException broken(SqlFile file, String what) {
        return new AwaSchemaException(file.path() + ": " + what);
    }
}
