package io.awa.reactive.internal.json;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

/** What is told to be canonical is so, and most of what a mapper writes is told so. */
class CanonicalScanTest {

    private static final List<String> TEXTS =
            List.of("", "a", "b", "ab", "a!", "A", "a b", "a\"", "\\", "\n", "é", "z", "\u007f", "😀", "1");
    private static final List<String> SCALARS =
            List.of("0", "-0", "1.50", "1e3", "true", "false", "null", "12345678901234567890");

    @Test
    void byHand() {
        for (String canonical : List.of(
                "{}", "[]", "\"\"", "1", "null", "{\"\":1}", "{\"a\":[{\"b\":\"x y\"},2],\"ab\":-1.0}", "[[],{}]")) {
            assertThat(is(canonical)).as(canonical).isTrue();
        }
        for (String other : List.of(
                " 1",
                "1 ",
                "{ }",
                "[1, 2]",
                "{\"a\" :1}",
                "{\"a\": 1}",
                "{\"b\":1,\"a\":2}",
                "{\"ab\":1,\"a\":2}",
                "{\"a\":1,\"a\":2}",
                "[{\"b\":1,\"a\":2}]",
                "\"\\n\"",
                "\"\\u0061\"",
                "\"é\"",
                "{\"é\":1}")) {
            assertThat(is(other)).as(other).isFalse();
        }
    }

    /** Against texts put together by other means: sorted or not, with space or not. */
    @Test
    void whateverTheScanSaysTheTextIsTheSame() {
        Random random = new Random(7);
        int told = 0;
        for (int i = 0; i < 20_000; i++) {
            StringBuilder given = new StringBuilder();
            StringBuilder canonical = new StringBuilder();
            write(random, 0, given, canonical, random.nextInt(3) == 0);
            byte[] json = given.toString().getBytes(StandardCharsets.UTF_8);
            assertThat(new String(CanonicalJson.of(JsonMapper.shared(), json, List.of()), StandardCharsets.UTF_8))
                    .as(given.toString())
                    .isEqualTo(canonical.toString());
            if (is(given.toString())) {
                told++;
                assertThat(given.toString()).isEqualTo(canonical.toString());
            }
        }
        assertThat(told).isBetween(2_000, 19_000);
    }

    private static void write(Random random, int depth, StringBuilder given, StringBuilder canonical, boolean untidy) {
        int what = random.nextInt(depth > 3 ? 2 : 4);
        space(random, given, untidy);
        if (what == 0) {
            String scalar = SCALARS.get(random.nextInt(SCALARS.size()));
            given.append(scalar);
            canonical.append(scalar);
        } else if (what == 1) {
            text(TEXTS.get(random.nextInt(TEXTS.size())), given, canonical, random);
        } else if (what == 2) {
            given.append('[');
            canonical.append('[');
            for (int i = random.nextInt(3); i > 0; i--) {
                write(random, depth + 1, given, canonical, untidy);
                given.append(i > 1 ? "," : "");
                canonical.append(i > 1 ? "," : "");
            }
            given.append(']');
            canonical.append(']');
        } else {
            members(random, depth, given, canonical, untidy);
        }
        space(random, given, untidy);
    }

    private static void members(
            Random random, int depth, StringBuilder given, StringBuilder canonical, boolean untidy) {
        List<String> names = new ArrayList<>(TEXTS);
        Collections.shuffle(names, random);
        names = names.subList(0, random.nextInt(4));
        if (!untidy) {
            Collections.sort(names);
        }
        Map<String, String> sorted = new TreeMap<>();
        given.append('{');
        for (String name : names) {
            given.append(given.charAt(given.length() - 1) == '{' ? "" : ",");
            space(random, given, untidy);
            StringBuilder value = new StringBuilder();
            text(name, given, value, random);
            value.append(':');
            given.append(':');
            write(random, depth + 1, given, value, untidy);
            sorted.put(name, value.toString());
        }
        given.append('}');
        canonical.append('{').append(String.join(",", sorted.values())).append('}');
    }

    private static void text(String text, StringBuilder given, StringBuilder canonical, Random random) {
        String escaped = text.replace("\\", "\\\\").replace("\"", "\\\"");
        canonical.append('"').append(escaped.replace("\n", "\\u000a")).append('"');
        given.append('"')
                .append(escaped.replace("\n", random.nextBoolean() ? "\\n" : "\\u000A"))
                .append('"');
    }

    private static void space(Random random, StringBuilder given, boolean untidy) {
        if (untidy && random.nextInt(4) == 0) {
            given.append(random.nextBoolean() ? " " : "\n");
        }
    }

    private static boolean is(String json) {
        return CanonicalScan.isCanonical(json.getBytes(StandardCharsets.UTF_8));
    }
}
