package io.awa.reactive.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.internal.json.RandomJson;
import io.awa.reactive.internal.json.RandomJson.Style;
import io.awa.reactive.testkit.SeededTest;
import io.awa.reactive.testkit.Seeds;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What is found in the text that {@code jsonb} prints is what a tree of it has. */
class ExtrasAgainstJacksonTest {

    private static final JsonMapper MAPPER = JsonMapper.shared();
    private static final int CASES = 4_000;
    private static final String[] OURS = {"deadline", "headers", "concurrency_key"};

    @SeededTest(3)
    void membersAreThoseOfTheTree(long seed) {
        SplittableRandom random = Seeds.random(seed);
        RandomJson json = new RandomJson(random);
        for (int i = 0; i < CASES; i++) {
            check(RandomJson.jsonb(extras(random, json)));
        }
    }

    /** Those of one claim travel in one text: each has its own, and who reads it for a neighbour reads the same. */
    @SeededTest(3)
    void neighboursKeepTheirOwn(long seed) {
        SplittableRandom random = Seeds.random(seed);
        RandomJson json = new RandomJson(random);
        for (int i = 0; i < CASES / 20; i++) {
            int n = 1 + random.nextInt(40);
            List<String> args = new ArrayList<>();
            List<String> extras = new ArrayList<>();
            for (int k = 0; k < n; k++) {
                args.add(
                        random.nextInt(6) == 0
                                ? ""
                                : json.text(json.value(3), random.nextBoolean() ? Style.SHUFFLED : Style.WILD));
                extras.add(
                        k > 0 && random.nextInt(3) > 0
                                ? extras.get(random.nextInt(Math.max(0, k - 2), k))
                                : random.nextInt(4) == 0 ? "" : RandomJson.jsonb(extras(random, json)));
            }
            Claim claim = claim(args, extras);
            for (int k = n - 1; k >= 0; k--) {
                String own = extras.get(k);
                assertThat(claim.args(k)).isEqualTo(args.get(k).isEmpty() ? null : args.get(k));
                assertThat(claim.extras(k)).isEqualTo(own.isEmpty() ? null : own);
                Extras read = claim.extras(k, text -> new Extras(text, MAPPER::readTree));
                Extras alone = own.isEmpty() ? Extras.NONE : new Extras(own, MAPPER::readTree);
                assertThat(read.headers()).isEqualTo(alone.headers());
                assertThat(read.concurrencyKey()).isEqualTo(alone.concurrencyKey());
                assertThat(read.deadline()).isEqualTo(alone.deadline());
            }
        }
    }

    private static void check(String json) {
        Extras extras = new Extras(json, MAPPER::readTree);
        JsonNode tree = MAPPER.readTree(json);

        JsonNode deadline = tree.get("deadline");
        assertThat(extras.deadline())
                .as(json)
                .isEqualTo(deadline == null ? null : Duration.ofMillis(deadline.asLong(Long.MAX_VALUE)));
        JsonNode key = tree.get("concurrency_key");
        assertThat(extras.concurrencyKey()).as(json).isEqualTo(key == null ? null : key.asString(""));
        Map<String, String> headers = new LinkedHashMap<>();
        tree.path("headers")
                .properties()
                .forEach(
                        header -> headers.put(header.getKey(), header.getValue().asString("")));
        assertThat(extras.headers()).as(json).containsExactlyEntriesOf(headers);
        // A worker looks for the name in the text before it reads a key.
        assertThat(json.contains("\"concurrency_key\"")).as(json).isIn(true, key != null);
    }

    // Ours among others, as they should be or not, with names like ours anywhere.
    private static Map<String, @Nullable Object> extras(SplittableRandom random, RandomJson json) {
        Map<String, @Nullable Object> extras = json.object(random.nextInt(4), 3);
        for (String name : OURS) {
            if (random.nextBoolean()) {
                extras.put(
                        name,
                        switch (random.nextInt(4)) {
                            case 0 -> json.value(3);
                            case 1 -> json.number();
                            case 2 -> json.text(3);
                            default -> texts(random, json);
                        });
            }
        }
        return extras;
    }

    private static Map<String, @Nullable Object> texts(SplittableRandom random, RandomJson json) {
        Map<String, @Nullable Object> texts = new LinkedHashMap<>();
        for (int i = random.nextInt(4); i > 0; i--) {
            texts.put(json.text(2), random.nextInt(12) == 0 ? json.value(1) : json.text(2));
        }
        return texts;
    }

    private static Claim claim(List<String> args, List<String> extras) {
        int n = args.size();
        Long[] zeros = new Long[n];
        Arrays.fill(zeros, 0L);
        boolean none = extras.stream().allMatch(String::isEmpty);
        return new Claim(
                1,
                1,
                1,
                1,
                Instant.EPOCH,
                zeros,
                zeros,
                zeros,
                String.join("\u001e", args),
                none ? null : String.join("\u001e", extras),
                null,
                null);
    }
}
