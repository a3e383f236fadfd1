package io.awa.reactive.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.callback.Callbacks;
import io.awa.reactive.engine.Detail;
import io.awa.reactive.engine.Progress;
import io.awa.reactive.internal.json.JobEncoder;
import io.awa.reactive.job.JobLimits;
import io.awa.reactive.job.JobType;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * A job that has as much as it may of all that is kept beside its arguments still fits into its row: else its end could not be
 * written, and neither could the rescue of whoever ran with it.
 */
class FullestJobTest extends StorageTest {

    private static final int ROW = 131_072;
    private static final String PAIR = "\ud83d\ude00";

    /** Whatever its texts are made of: of two, three or four bytes a character, or of six where nobody cares. */
    @ParameterizedTest
    @ValueSource(strings = {"x", "\"", "\uffff", PAIR, "\u0001"})
    void theRowHoldsIt(String fill) {
        String extras = extras();
        for (int attempt = 1; attempt <= 12; attempt++) {
            Detail detail = Detail.error(text(fill, 300), text(fill, 5_000)).progress(progress(fill));
            extras = printed("with_detail(" + quoted(extras) + ", " + quoted(detail.toString()) + ", " + attempt + ")");
        }
        extras =
                printed("with_detail(" + quoted(extras) + ", jsonb_build_object('reason', repeat('" + PAIR + "', 500), "
                        + "'callback', jsonb_build_object('payload', "
                        + quoted(numbers(Callbacks.PAYLOAD_BYTES).toString())
                        + ")), 13) || jsonb_build_object('ticket', 9223372036854775807)");

        assertThat(a.number("select octet_length(" + quoted(extras) + "::text)"))
                .isBetween(ROW * 3L / 4, (long) ROW);
        assertThat(a.number("select jsonb_array_length(" + quoted(extras) + " -> 'errors')"))
                .isEqualTo(10);
    }

    private static String extras() {
        Map<String, String> headers = new LinkedHashMap<>();
        for (int i = 0; i < JobLimits.HEADER_BYTES / 8; i++) {
            headers.put(String.valueOf(new char[] {(char) ('#' + i / 50), (char) ('#' + i % 50)}), "");
        }
        return Objects.requireNonNull(new JobEncoder(JsonMapper.shared(), JobLimits.defaults())
                .encode(JobType.of("k", Integer.class)
                        .with(1)
                        .headers(headers)
                        .deadline(Duration.ofDays(30))
                        .concurrencyKey(PAIR.repeat(200))
                        .metadata("zeros", Collections.nCopies((JobLimits.EXTRAS_BYTES - 30) / 3, 0)))
                .extrasText());
    }

    private static Progress progress(String fill) {
        return Progress.NONE.at(100, text(fill, 600)).checkpoint(numbers(Progress.JSON_BYTES));
    }

    // As many control characters as stay what they are.
    private static String text(String fill, int times) {
        return "\u0001".repeat(16) + fill.repeat(times);
    }

    private static ArrayNode numbers(int bytes) {
        ArrayNode numbers = JsonNodeFactory.instance.arrayNode();
        for (int i = 0; i < (bytes - 2) / 3; i++) {
            numbers.add(0);
        }
        return numbers;
    }

    private String printed(String jsonb) {
        return a.text("select (" + jsonb + ")::text");
    }

    private static String quoted(String json) {
        return "'" + json.replace("'", "''") + "'::jsonb";
    }
}
