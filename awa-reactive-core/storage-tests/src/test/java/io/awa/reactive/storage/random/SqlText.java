package io.awa.reactive.storage.random;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The catalogue's SQL for one schema, to be changed by text. A change that does not match as often as it says fails: a
 * mutant that is the original would prove nothing. In all texts {@code {awa}} stands for the quoted schema, and in those
 * for functions of children {@code {k}} for the child.
 *
 * @param schema   quoted
 * @param children how many
 * @param text     the SQL
 */
record SqlText(String schema, int children, String text) {

    private static final String END = "end $awa$;";

    /** Replaces a literal inside of one function; a name that ends with {@code _*} means that function of every child. */
    SqlText in(String function, String literal, String replacement) {
        return in(function, literal, replacement, 1);
    }

    /** The same for a literal that stands once a child in one function. */
    SqlText each(String function, String literal, String replacement) {
        return in(function, literal, replacement, children);
    }

    private SqlText in(String function, String literal, String replacement, int times) {
        Pattern head =
                Pattern.compile(Pattern.quote("create or replace function " + schema + "." + function.replace("*", ""))
                        + (function.endsWith("*") ? "(\\d+)\\(" : "()\\("));
        Matcher matcher = head.matcher(text);
        StringBuilder out = new StringBuilder();
        int from = 0;
        int changed = 0;
        while (matcher.find(from)) {
            int end = text.indexOf(END, matcher.start()) + END.length();
            String child = matcher.group(1);
            String body = text.substring(matcher.start(), end);
            String old = filled(literal, child);
            assertThat(body.split(Pattern.quote(old), -1).length - 1)
                    .as("places in %s where it says: %s", function, literal)
                    .isEqualTo(times);
            out.append(text, from, matcher.start()).append(body.replace(old, filled(replacement, child)));
            from = end;
            changed++;
        }
        assertThat(changed).as("functions %s", function).isPositive();
        return new SqlText(schema, children, out.append(text.substring(from)).toString());
    }

    /** Puts a stop before a literal of one function: sessions that asked for it wait there, see {@link Gate}. */
    SqlText gate(String function, String literal, String gate) {
        return in(function, literal, stop(gate) + "\n" + literal);
    }

    /** The statement that stops at a gate. */
    static String stop(String gate) {
        return "perform {awa}.gate('{name} " + gate + "');";
    }

    /** The text of one function. */
    String function(String name) {
        int start = text.indexOf("create or replace function " + schema + "." + name + "(");
        assertThat(start).as(name).isNotNegative();
        return text.substring(start, text.indexOf(END, start) + END.length());
    }

    /** The same with more at its end. */
    SqlText and(String more) {
        return new SqlText(schema, children, text + "\n" + filled(more, ""));
    }

    private String filled(String sql, String child) {
        return sql.replace("{awa}", schema)
                .replace("{name}", schema.substring(1, schema.length() - 1))
                .replace("{k}", String.valueOf(child));
    }
}
