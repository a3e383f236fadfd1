package io.awa.reactive.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

class ClaimedExtrasTest {

    private static final JsonMapper MAPPER = new JsonMapper();

    private final List<String> read = new ArrayList<>();

    @Test
    void neighboursWithTheSameShareIt() {
        ClaimedExtras extras =
                of("{\"deadline\": 5}", "{\"deadline\": 5}", "", "{\"deadline\": 5}", "{\"deadline\": 55}");

        assertThat(extras.text(1)).isSameAs(extras.text(0));
        assertThat(extras.text(2)).isNull();
        assertThat(read(extras, 1)).isSameAs(read(extras, 0)).isNotSameAs(read(extras, 3));
        assertThat(read(extras, 2)).isSameAs(Extras.NONE);
        assertThat(read(extras, 4).deadline()).hasMillis(55);
        assertThat(read).containsExactly("{\"deadline\": 5}", "{\"deadline\": 5}", "{\"deadline\": 55}");
    }

    /** One that begins as its neighbour does is another one. */
    @Test
    void eachJobHasItsOwn() {
        Random random = new Random(7);
        for (int n = 1; n < 200; n++) {
            String[] texts = new String[n];
            for (int i = 0; i < n; i++) {
                texts[i] = "{}{}".substring(0, random.nextInt(5));
            }
            ClaimedExtras extras = of(texts);
            for (int i = 0; i < n; i++) {
                assertThat(extras.text(i)).isEqualTo(texts[i].isEmpty() ? null : texts[i]);
            }
        }
    }

    private Extras read(ClaimedExtras extras, int ordinal) {
        return extras.read(ordinal, json -> {
            read.add(json);
            return new Extras(json, MAPPER::readTree);
        });
    }

    private static ClaimedExtras of(String... texts) {
        return new ClaimedExtras(String.join("\u001e", texts), texts.length);
    }
}
