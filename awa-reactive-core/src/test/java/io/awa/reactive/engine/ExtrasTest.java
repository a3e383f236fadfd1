package io.awa.reactive.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

class ExtrasTest {

    private static final JsonMapper MAPPER = new JsonMapper();
    private static final String[] PIECES = {
        "deadline", "headers", "concurrency_key", "a", "\"", "\\", "{", "}", "[", ":", ",", " ", "\\u0041", "é", "1"
    };

    private final Random random = new Random(11);

    /** What is found in the text is what a tree has, whatever stands around it. */
    @Test
    void plainMembersAreThoseOfTheTree() {
        for (int i = 0; i < 20_000; i++) {
            ObjectNode tree = MAPPER.createObjectNode();
            for (int members = random.nextInt(4); members > 0; members--) {
                tree.set(text(2), value(3));
            }
            if (random.nextBoolean()) {
                tree.put("deadline", random.nextLong(1L << (1 + random.nextInt(62))));
            }
            Map<String, String> headers = new LinkedHashMap<>();
            for (int n = random.nextInt(3); n > 0; n--) {
                headers.put(text(2), text(3));
            }
            if (!headers.isEmpty()) {
                tree.set("headers", MAPPER.valueToTree(headers));
            }
            if (random.nextBoolean()) {
                tree.put("concurrency_key", text(3));
            }
            if (random.nextBoolean()) {
                tree.set(text(2), value(3));
            }
            String json = random.nextBoolean() ? tree.toString() : tree.toPrettyString();
            Extras extras = new Extras(json, MAPPER::readTree);

            JsonNode deadline = tree.get("deadline");
            if (deadline == null) {
                assertThat(extras.deadline()).as(json).isNull();
            } else {
                assertThat(extras.deadline()).as(json).hasMillis(deadline.asLong(Long.MAX_VALUE));
            }
            JsonNode key = tree.get("concurrency_key");
            assertThat(extras.concurrencyKey()).as(json).isEqualTo(key == null ? null : key.asString(""));
            Map<String, String> expected = new LinkedHashMap<>();
            if (tree.get("headers") != null) {
                tree.get("headers")
                        .properties()
                        .forEach(
                                one -> expected.put(one.getKey(), one.getValue().asString("")));
            }
            assertThat(extras.headers()).as(json).containsExactlyEntriesOf(expected);
        }
    }

    /** As a database may print it, or nothing a deadline should be: what is no plain number is left to the tree. */
    @Test
    void aDeadlineOfAnyForm() {
        for (String value : new String[] {
            "0",
            "-0",
            "7",
            "-7",
            "1e5",
            "1E+5",
            "1.5",
            "100000.0",
            "999999999999999999",
            "1000000000000000000",
            "9223372036854775807",
            "123456789012345678901234567890",
            "\"5\"",
            "null",
            "true",
            "[5]",
            "{}",
            "{\"deadline\": 5}"
        }) {
            for (String form : new String[] {
                "{\"deadline\":%s}",
                "{\"deadline\": %s}",
                "{ \"deadline\" : %s }",
                "{\"a\": [%s], \"deadline\": %s, \"b\": {}}",
                "{\"deadline\": %s\n}",
                "{\"deadline\":%s,\"z\":1}"
            }) {
                String json = form.replace("%s", value);
                JsonNode tree = MAPPER.readTree(json).get("deadline");
                assertThat(new Extras(json, MAPPER::readTree).deadline())
                        .as(json)
                        .isEqualTo(Duration.ofMillis(tree.asLong(Long.MAX_VALUE)));
            }
        }
    }

    @Test
    void headersAreReadOnceAndNobodyChangesThem() {
        Extras extras = new Extras("{\"headers\": {\"a\": \"1\"}}", json -> {
            throw new AssertionError("no tree is needed");
        });

        assertThat(extras.headers()).isSameAs(extras.headers()).containsExactly(Map.entry("a", "1"));
        assertThatThrownBy(() -> extras.headers().put("b", "2")).isInstanceOf(UnsupportedOperationException.class);
    }

    /** What a job is run by is read whatever else is kept of it, and however that came there. */
    @Test
    void whatNobodyReadsStandsInNobodysWay() {
        String number = "1" + "0".repeat(2_000);
        String deep = "[".repeat(600) + "]".repeat(600);
        for (String other : new String[] {"\"meta\": {\"n\": " + number + "}", "\"errors\": " + deep}) {
            Extras extras = new Extras(
                    "{" + other
                            + ", \"headers\": {\"a\": \"\\\"1\\\"\"}, \"deadline\": -5, \"concurrency_key\": \"t\\\\1\"}",
                    MAPPER::readTree);

            assertThat(extras.concurrencyKey()).isEqualTo("t\\1");
            assertThat(extras.headers()).containsExactly(Map.entry("a", "\"1\""));
            assertThat(extras.deadline()).hasMillis(-5);
            assertThatThrownBy(extras::errors).isInstanceOf(StreamConstraintsException.class);
        }
    }

    /** Jobs of a claim may share it. */
    @Test
    void whoChangesAPayloadChangesItForHimself() {
        Extras extras = new Extras("{\"callback\": {\"payload\": {}}}", MAPPER::readTree);

        ((ObjectNode) extras.callbackResult().orElseThrow()).put("a", 1);

        assertThat(extras.callbackResult()).hasValue(MAPPER.createObjectNode());
    }

    private JsonNode value(int depth) {
        return switch (random.nextInt(depth == 0 ? 3 : 5)) {
            case 0 -> MAPPER.valueToTree(text(4));
            case 1 -> MAPPER.valueToTree(random.nextInt());
            case 2 -> MAPPER.valueToTree(random.nextBoolean() ? Boolean.TRUE : null);
            case 3 -> MAPPER.createArrayNode().add(value(depth - 1)).add(value(depth - 1));
            default -> MAPPER.createObjectNode().set(text(2), value(depth - 1));
        };
    }

    private String text(int most) {
        StringBuilder text = new StringBuilder();
        for (int n = random.nextInt(most + 1); n > 0; n--) {
            text.append(PIECES[random.nextInt(PIECES.length)]);
        }
        return text.toString();
    }
}
