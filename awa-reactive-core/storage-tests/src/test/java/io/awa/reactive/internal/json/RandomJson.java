package io.awa.reactive.internal.json;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * JSON of every kind, and its texts: as {@code jsonb} prints it, as a mapper writes it, as nobody would. Values are maps,
 * lists, strings, {@link Raw} for what is written as it is, and null.
 */
public final class RandomJson {

    private static final String[] PIECES = {
        "",
        "deadline",
        "headers",
        "concurrency_key",
        "unique",
        "a",
        "A",
        "\"",
        "\\",
        "\\\\",
        "{",
        "}",
        "[",
        "]",
        ":",
        ",",
        " ",
        "\n",
        "\t",
        "\b",
        "\u0001",
        "\u001e",
        "\u001f",
        "\u007f",
        "\u0080",
        "é",
        "e\u0301",
        "\u2028",
        "\ud7ff",
        "\ue000",
        "\uffff",
        "\ud83d\ude00",
        "\udbff\udfff",
        "u0041",
        "\\u0041",
        "/",
        "\\/",
        "null",
        "1",
        "0",
        "'"
    };
    private static final String[] NUMBERS = {
        "0",
        "-0",
        "1",
        "1.0",
        "1.00",
        "-1",
        "10",
        "1e0",
        "1E0",
        "1e+0",
        "1e400",
        "1E-400",
        "0.1",
        "-0.0",
        "1.5e-7",
        "42",
        "999999999999999999",
        "1000000000000000000",
        "9223372036854775807",
        "9223372036854775808",
        "18446744073709551621",
        "123456789012345678901234567890",
        "true",
        "false"
    };

    private final SplittableRandom random;

    public RandomJson(SplittableRandom random) {
        this.random = random;
    }

    /** How it is written. */
    public enum Style {
        /** As a mapper does that sorts members. */
        SORTED,
        /** As a mapper does that does not. */
        SHUFFLED,
        /** With space anywhere, escapes that need not be, and members that stand twice. */
        WILD
    }

    /**
     * A number or a word, by its text.
     *
     * @param text as it is written
     */
    public record Raw(String text) {}

    public @Nullable Object value(int depth) {
        return switch (random.nextInt(depth == 0 ? 3 : 6)) {
            case 0 -> text(4);
            case 1 -> number();
            case 2 -> random.nextBoolean() ? null : text(1);
            case 3 ->
                Arrays.asList(random.ints(random.nextInt(4), 0, depth)
                        .mapToObj(this::value)
                        .toArray());
            default -> object(random.nextInt(4), depth);
        };
    }

    public Map<String, @Nullable Object> object(int members, int depth) {
        Map<String, @Nullable Object> object = new LinkedHashMap<>();
        for (int i = 0; i < members; i++) {
            object.put(text(2), value(Math.max(0, depth - 1)));
        }
        return object;
    }

    public Raw number() {
        return new Raw(
                random.nextInt(4) == 0
                        ? String.valueOf(random.nextLong() >> random.nextInt(64))
                        : NUMBERS[random.nextInt(NUMBERS.length)]);
    }

    public String text(int most) {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(most + 1); i > 0; i--) {
            text.append(PIECES[random.nextInt(PIECES.length)]);
        }
        // longer than any buffer of a parser, now and then
        return random.nextInt(500) == 0 ? text.toString().repeat(250) : text.toString();
    }

    /** As {@code jsonb} prints it: short names first, a space behind colons and commas. */
    public static String jsonb(@Nullable Object value) {
        if (value instanceof Map<?, ?> object) {
            List<String> names = new ArrayList<>(names(object));
            names.sort((a, b) -> {
                byte[] left = a.getBytes(StandardCharsets.UTF_8);
                byte[] right = b.getBytes(StandardCharsets.UTF_8);
                return left.length == right.length
                        ? Arrays.compareUnsigned(left, right)
                        : Integer.compare(left.length, right.length);
            });
            List<String> members = new ArrayList<>();
            names.forEach(name -> members.add(quoted(name) + ": " + jsonb(object.get(name))));
            return "{" + String.join(", ", members) + "}";
        } else if (value instanceof Collection<?> list) {
            return "[" + String.join(", ", list.stream().map(RandomJson::jsonb).toList()) + "]";
        }
        return value instanceof String text ? quoted(text) : plain(value);
    }

    /** The one text of it that unique keys are made of. */
    public static String canonical(@Nullable Object value) {
        if (value instanceof Map<?, ?> object) {
            Map<String, String> members = new TreeMap<>();
            names(object).forEach(name -> members.put(name, canonicalText(name) + ":" + canonical(object.get(name))));
            return "{" + String.join(",", members.values()) + "}";
        } else if (value instanceof Collection<?> list) {
            return "["
                    + String.join(",", list.stream().map(RandomJson::canonical).toList()) + "]";
        }
        return value instanceof String text ? canonicalText(text) : plain(value);
    }

    /** In the given style. */
    public String text(@Nullable Object value, Style style) {
        boolean wild = style == Style.WILD;
        if (value instanceof Map<?, ?> object) {
            List<String> names = new ArrayList<>(names(object));
            if (style == Style.SORTED) {
                Collections.sort(names);
            } else {
                Collections.shuffle(names, new Random(random.nextLong()));
            }
            List<String> members = new ArrayList<>();
            for (String name : names) {
                // of several members of one name the last one counts
                if (wild && random.nextInt(8) == 0) {
                    members.add(wildText(name) + ":" + random.nextInt());
                }
                members.add(space(wild) + (wild ? wildText(name) : quoted(name)) + space(wild) + ":"
                        + text(object.get(name), style));
            }
            return "{" + String.join(",", members) + space(wild) + "}";
        } else if (value instanceof Collection<?> list) {
            return space(wild) + "["
                    + String.join(
                            ",", list.stream().map(one -> text(one, style)).toList())
                    + space(wild) + "]";
        }
        String scalar = value instanceof String text ? wild ? wildText(text) : quoted(text) : plain(value);
        return space(wild) + scalar + space(wild);
    }

    private String space(boolean wild) {
        return !wild || random.nextInt(3) > 0 ? "" : new String[] {" ", "\n", "\t", "\r\n", "  "}[random.nextInt(5)];
    }

    private String wildText(String text) {
        StringBuilder out = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            if (random.nextInt(5) == 0 && !Character.isSurrogate(c)) {
                out.append(String.format(random.nextBoolean() ? "\\u%04x" : "\\u%04X", (int) c));
            } else if (c == '/' && random.nextBoolean()) {
                out.append("\\/");
            } else {
                String one = quoted(String.valueOf(c));
                out.append(one, 1, one.length() - 1);
            }
        }
        return out.append('"').toString();
    }

    private static String plain(@Nullable Object value) {
        return value instanceof Raw raw ? raw.text() : String.valueOf(value);
    }

    private static List<String> names(Map<?, ?> object) {
        return object.keySet().stream().map(String.class::cast).toList();
    }

    private static String quoted(String text) {
        return canonicalText(text)
                .replace("\\u0008", "\\b")
                .replace("\\u000c", "\\f")
                .replace("\\u000a", "\\n")
                .replace("\\u000d", "\\r")
                .replace("\\u0009", "\\t");
    }

    private static String canonicalText(String text) {
        StringBuilder out = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            if (c < ' ') {
                out.append(String.format("\\u%04x", (int) c));
            } else {
                out.append(c == '"' || c == '\\' ? "\\" : "").append(c);
            }
        }
        return out.append('"').toString();
    }
}
