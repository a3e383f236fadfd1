package io.awa.reactive.internal.json;

import static io.awa.reactive.Refusals.assertRefused;
import static io.awa.reactive.internal.json.Payloads.MAIL;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.awa.reactive.internal.json.Payloads.Mail;
import io.awa.reactive.job.Job;
import io.awa.reactive.job.JobLimits;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.ValueSerializer;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.module.SimpleModule;

/** What travels beside the arguments: whatever the mapper is told, and no larger than the row may be. */
class BesideArgsTest {

    private static final Job<Mail> JOB = MAIL.with(new Mail("x", 1));

    private final JobEncoder encoder = new JobEncoder(JsonMapper.shared(), JobLimits.defaults());

    /** The database compares tags and keys, and a worker tells it of keys: they are the texts they were. */
    @ParameterizedTest
    @MethodSource("mappers")
    void noMapperChangesTagsAndKeys(JsonMapper mapper) {
        String json = new JobEncoder(mapper, JobLimits.defaults())
                .encode(JOB.tags("a ").concurrencyKey(" \"tenant\" 1 ").metadata("k", 1))
                .extrasText();

        assertThat(JsonMapper.shared().readTree(json))
                .isEqualTo(JsonMapper.shared()
                        .readTree("{\"tags\":[\"a \"],\"meta\":{\"k\":1},\"concurrency_key\":\" \\\"tenant\\\" 1 \"}"));
    }

    static Stream<JsonMapper> mappers() {
        return Stream.of(
                JsonMapper.shared(),
                JsonMapper.builder()
                        .enable(SerializationFeature.WRAP_ROOT_VALUE)
                        .build(),
                JsonMapper.builder()
                        .enable(SerializationFeature.WRITE_SINGLE_ELEM_ARRAYS_UNWRAPPED)
                        .build(),
                JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build(),
                JsonMapper.builder()
                        .addModule(new SimpleModule().addSerializer(String.class, new Trimming()))
                        .build());
    }

    /** A number with an exponent is written out, and then the row would be refused, with all that are stored with it. */
    @Test
    void metadataIsCountedAsItWillBePrinted() {
        assertRefused(
                () -> encoder.encode(JOB.metadata("d", Collections.nCopies(500, Double.MAX_VALUE))),
                "metadata",
                "at most 49152 bytes");
        assertThatCode(() -> encoder.encode(JOB.metadata("d", Collections.nCopies(150, Double.MAX_VALUE))))
                .doesNotThrowAnyException();
        // three bytes each, with the space behind the comma
        assertThatCode(() -> encoder.encode(JOB.metadata("z", Collections.nCopies(16_300, 0))))
                .doesNotThrowAnyException();
        assertRefused(
                () -> encoder.encode(JOB.metadata("z", Collections.nCopies(16_400, 0))),
                "metadata",
                "at most 49152 bytes");
        assertRefused(
                () -> encoder.encode(JOB.tags("t".repeat(200)).metadata("m", "x".repeat(48 * 1024 - 230))),
                "metadata",
                "with the tags");
    }

    /** They stand in an object: a level more for who reads it. */
    @Test
    void metadataIsNoDeeperThanAReaderOfAllGoes() {
        JobEncoder deep =
                new JobEncoder(JsonMapper.shared(), JobLimits.defaults().depth(500));

        String json = deep.encode(JOB.metadata("m", nested(498))).extrasText();
        assertThat(JsonMapper.shared().readTree(json).path("meta").has("m")).isTrue();
        assertRefused(() -> deep.encode(JOB.metadata("m", nested(499))), "metadata", "at most 499 levels");
        assertThatCode(() -> encoder.encode(JOB.metadata("m", nested(63)))).doesNotThrowAnyException();
        assertRefused(() -> encoder.encode(JOB.metadata("m", nested(64))), "metadata", "at most 64 levels");
    }

    @Test
    void whatJsonbPrintsIsCounted() {
        assertThat(printed("{\"a\":[1,2,{}],\"b\":\"x y\"}")).isEqualTo("{\"a\": [1, 2, {}], \"b\": \"x y\"}".length());
        assertThat(printed(" { \"a\" :\n[ 1 , 2 ] } ")).isEqualTo("{\"a\": [1, 2]}".length());
        assertThat(printed("[1e3,-2.5E-6]")).isEqualTo("[1000, -0.0000025]".length());
        assertThat(printed("\"é\ud83d\ude00, :\"")).isEqualTo(2 + 2 + 4 + 3);
    }

    private static int printed(String json) {
        return JsonScan.check(
                "metadata",
                json.getBytes(StandardCharsets.UTF_8),
                JsonBounds.of(JobLimits.defaults(), JsonMapper.shared()));
    }

    private static Object nested(int levels) {
        Object value = Map.of();
        for (int i = 1; i < levels; i++) {
            value = List.of(value);
        }
        return value;
    }

    private static final class Trimming extends ValueSerializer<String> {

        @Override
        public void serialize(String value, JsonGenerator generator, SerializationContext context) {
            generator.writeString(value.trim());
        }
    }
}
