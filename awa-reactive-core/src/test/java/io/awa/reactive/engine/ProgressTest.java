package io.awa.reactive.engine;

import static io.awa.reactive.Refusals.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.MissingNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.util.RawValue;

/** A report that {@code jsonb} refuses would be its attempt's end, and one that it prints too large the rescue's. */
class ProgressTest {

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final String FIELD = "progress.checkpoint";

    @Test
    void numbersAreCountedAsTheyArePrinted() {
        ArrayNode numbers = NODES.arrayNode();
        for (int i = 0; i < 50; i++) {
            numbers.add(Double.MAX_VALUE);
        }
        assertThat(Progress.NONE.checkpoint(numbers).checkpoint()).hasValue(numbers);
        for (int i = 0; i < 50; i++) {
            numbers.add(Double.MAX_VALUE);
        }
        assertRefused(() -> Progress.NONE.checkpoint(numbers), FIELD, "at most 16384 bytes");
        ObjectNode object = NODES.objectNode();
        object.set("n", numbers);
        assertRefused(() -> Progress.NONE.merge(object), "progress.metadata", "at most 16384 bytes");
    }

    @Test
    void numbersNobodyCanHoldOrRead() {
        assertRefused(() -> checkpoint(new BigDecimal("1E+200000")), FIELD, "range of PostgreSQL's numeric");
        assertRefused(() -> checkpoint(new BigDecimal("1E+1000")), FIELD, "cannot be read back");
        assertThat(checkpoint(new BigDecimal("1E+999")).checkpoint()).isPresent();
    }

    @Test
    void whatIsNoJson() {
        assertRefused(() -> Progress.NONE.checkpoint(NODES.rawValueNode(new RawValue("{no"))), FIELD, "well formed");
        assertRefused(() -> checkpoint("a\u0000"), FIELD, "no NUL character");
        assertRefused(
                () -> Progress.NONE.checkpoint(NODES.rawValueNode(new RawValue("\"\\ud83d\""))), FIELD, "unpaired");
        List<Object> cycle = new ArrayList<>();
        cycle.add(cycle);
        assertRefused(() -> Progress.NONE.checkpoint(NODES.pojoNode(cycle)), FIELD, "serialisable as JSON");
        assertThat(Progress.NONE.checkpoint(MissingNode.getInstance()).json()).isEqualTo("{\"checkpoint\":null}");
        assertThat(checkpoint("\\u0000").checkpoint()).isPresent();
    }

    /** It is read in the object of all that is kept of a job. */
    @Test
    void noDeeperThanAReaderGoes() {
        JsonNode deep = NODES.arrayNode();
        for (int i = 1; i < 498; i++) {
            deep = NODES.arrayNode().add(deep);
        }
        String stored = "{\"progress\": " + Progress.NONE.checkpoint(deep).json() + "}";
        assertThat(new Extras(stored, JsonMapper.shared()::readTree)
                        .progress()
                        .orElseThrow()
                        .checkpoint())
                .hasValue(deep);
        JsonNode deeper = NODES.arrayNode().add(deep);
        assertRefused(() -> Progress.NONE.checkpoint(deeper), FIELD, "at most 498 levels");
    }

    private static Progress checkpoint(Object value) {
        return Progress.NONE.checkpoint(JsonMapper.shared().valueToTree(value));
    }
}
