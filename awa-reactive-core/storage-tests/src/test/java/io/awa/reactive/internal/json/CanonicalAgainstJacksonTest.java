package io.awa.reactive.internal.json;

import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.internal.json.RandomJson.Style;
import io.awa.reactive.job.JobLimits;
import io.awa.reactive.testkit.SeededTest;
import io.awa.reactive.testkit.Seeds;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/** However arguments are written, their canonical text is that of their value, and of no other. */
class CanonicalAgainstJacksonTest {

    private static final int CASES = 4_000;
    private static final JsonMapper MAPPER = JsonMapper.shared();
    private static final JsonBounds BOUNDS = JsonBounds.of(JobLimits.defaults(), MAPPER);

    @SeededTest(3)
    void oneTextForOneValue(long seed) {
        RandomJson json = new RandomJson(Seeds.random(seed));
        int told = 0;
        Map<String, @Nullable Object> known = new HashMap<>();
        for (int i = 0; i < CASES; i++) {
            Object value = json.value(4);
            String canonical = RandomJson.canonical(value);
            for (String text : List.of(
                    RandomJson.canonical(value),
                    RandomJson.jsonb(value),
                    json.text(value, Style.SORTED),
                    json.text(value, Style.SHUFFLED),
                    json.text(value, Style.WILD))) {
                byte[] bytes = bytes(text);
                JsonScan.check("args", bytes, BOUNDS);

                assertThat(canonical(text)).as(text).isEqualTo(canonical);
                // A space in front takes the look away, and a parser does it all.
                assertThat(canonical(" " + text)).as(text).isEqualTo(canonical);
                told += CanonicalScan.isCanonical(bytes) ? 1 : 0;
            }
            if (known.containsKey(canonical)) {
                assertThat(known.get(canonical)).isEqualTo(value);
            }
            known.put(canonical, value);
        }
        assertThat(told).isBetween(CASES / 10, 5 * CASES);
    }

    /** The chosen members alone, and only those of the object itself. */
    @SeededTest(3)
    void chosenMembers(long seed) {
        RandomJson json = new RandomJson(Seeds.random(seed));
        for (int i = 0; i < CASES; i++) {
            Map<String, @Nullable Object> object = json.object(4, 3);
            List<String> names = object.keySet().stream().limit(2).toList();
            if (names.isEmpty()) {
                continue;
            }
            Map<String, @Nullable Object> chosen = new HashMap<>(object);
            chosen.keySet().retainAll(names);
            String text = json.text(object, i % 2 == 0 ? Style.SHUFFLED : Style.WILD);
            assertThat(new String(CanonicalJson.of(MAPPER, bytes(text), names), StandardCharsets.UTF_8))
                    .as(text)
                    .isEqualTo(RandomJson.canonical(chosen));
        }
    }

    private static String canonical(String text) {
        return new String(CanonicalJson.of(MAPPER, bytes(text), List.of()), StandardCharsets.UTF_8);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
