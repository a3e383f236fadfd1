package io.awa.reactive.schema;

import io.awa.reactive.AwaSchemaException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Turns a file of the catalogue into SQL for one schema. Replaces {@code ${schema}}, {@code ${schema_literal}} and
 * {@code ${children}}; repeats a file whose first line is {@code -- awa:for-each-child}, or the lines between
 * {@code -- awa:each-child} and {@code -- awa:end}, once for each child of the segment family, with its number for
 * {@code ${child}}. {@code -- awa:for-each-store} and {@code -- awa:each-store} do the same for the children of the
 * store family and {@code ${store}}.
 *
 * @param schema   the schema
 * @param children how many children the segments' ring has
 */
record SqlTemplate(SchemaName schema, int children) {

    /** How many children the store's ring has. */
    static final int STORES = 4;

    private static final String END = "-- awa:end";
    private static final int NONE = -1;
    private static final Pattern PLACEHOLDER = Pattern.compile("\\$\\{([^}\\n]*)}");

    /** What a block is repeated for. */
    private enum Family {
        CHILD("-- awa:for-each-child", "-- awa:each-child"),
        STORE("-- awa:for-each-store", "-- awa:each-store");

        private final String file;
        private final String block;

        Family(String file, String block) {
            this.file = file;
            this.block = block;
        }

        static @Nullable Family ofBlock(String mark) {
            for (Family family : values()) {
                if (family.block.equals(mark)) {
                    return family;
                }
            }
            return null;
        }
    }

    /** The file's SQL, ending with a line break. */
    String expand(SqlFile file) {
        String text = file.text().endsWith("\n") ? file.text() : file.text() + "\n";
        String first = text.substring(0, text.indexOf('\n'));
        for (Family family : Family.values()) {
            if (first.strip().equals(family.file)) {
                String body = text.substring(first.length() + 1);
                if (body.lines().anyMatch(line -> Family.ofBlock(line.strip()) != null)) {
                    throw broken(file, "a block for each child inside a file for each child");
                }
                return repeat(file, body, family);
            }
        }
        return blocks(file, text);
    }

    private String blocks(SqlFile file, String text) {
        StringBuilder out = new StringBuilder(text.length());
        StringBuilder part = new StringBuilder();
        Family open = null;
        for (String line : text.lines().toList()) {
            String mark = line.strip();
            Family begins = Family.ofBlock(mark);
            if (begins == null && !mark.equals(END)) {
                part.append(line).append('\n');
                continue;
            }
            if ((open == null) == (begins == null)) {
                throw broken(file, open != null ? "a block inside a block" : END + " without " + Family.CHILD.block);
            }
            out.append(open != null ? repeat(file, part.toString(), open) : fill(file, part.toString(), NONE, NONE));
            part.setLength(0);
            open = begins;
        }
        if (open != null) {
            throw broken(file, open.block + " without " + END);
        }
        return out.append(fill(file, part.toString(), NONE, NONE)).toString();
    }

    private String repeat(SqlFile file, String text, Family family) {
        int times = family == Family.CHILD ? children : STORES;
        StringBuilder out = new StringBuilder(text.length() * times);
        for (int i = 0; i < times; i++) {
            out.append(family == Family.CHILD ? fill(file, text, i, NONE) : fill(file, text, NONE, i));
        }
        return out.toString();
    }

    // One pass: what was put in is never looked at again, whatever the schema is called.
    private String fill(SqlFile file, String text, int child, int store) {
        return PLACEHOLDER
                .matcher(text)
                .replaceAll(match -> Matcher.quoteReplacement(value(file, match.group(1), child, store)));
    }

    private String value(SqlFile file, String placeholder, int child, int store) {
        return switch (placeholder) {
            case "schema" -> schema.quoted();
            case "schema_literal" -> schema.literal();
            case "children" -> Integer.toString(children);
            case "child" -> number(file, placeholder, child);
            case "store" -> number(file, placeholder, store);
            default -> throw broken(file, "unknown placeholder ${" + placeholder + "}");
        };
    }

    private static String number(SqlFile file, String placeholder, int value) {
        if (value == NONE) {
            throw broken(file, "${" + placeholder + "} outside of a block for each " + placeholder);
        }
        return Integer.toString(value);
    }

    private static AwaSchemaException broken(SqlFile file, String what) {
        return new AwaSchemaException(file.path() + ": " + what);
    }
}
