package io.awa.reactive.internal.json;

import static io.awa.reactive.Refusals.assertRefused;
import static io.awa.reactive.internal.json.Payloads.ANY;
import static io.awa.reactive.internal.json.Payloads.RAW;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.awa.reactive.internal.json.Payloads.Any;
import io.awa.reactive.internal.json.Payloads.Raw;
import io.awa.reactive.job.JobLimits;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamWriteConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.json.JsonMapper;

/** Sizes, depths and numbers, up to their limits and one beyond. */
class JobEncoderBoundsTest {

    private final JsonMapper mapper = JsonMapper.builder().build();
    private final JobEncoder encoder = new JobEncoder(mapper, JobLimits.defaults());
    private final JobDecoder decoder = new JobDecoder(mapper);

    @Test
    void refusesWhatIsNoNumber() {
        assertRefused(() -> encode(Double.NaN), "args", "no NaN");
        assertRefused(() -> encode(Double.NEGATIVE_INFINITY), "args", "no Infinity");
        assertRefused(() -> encode(new float[] {1, Float.NaN}), "args", "no NaN");
        assertRefused(() -> encode(Map.of("k", List.of(Float.POSITIVE_INFINITY))), "args", "no NaN");
    }

    @Test
    void refusesNumbersBeyondNumeric() {
        assertRefused(() -> encode(new BigDecimal("1E+131072")), "args", "131072 digits before the point");
        assertRefused(() -> encode(new BigDecimal("1E-16384")), "args", "16383 after it");
        assertRefused(() -> encode(new BigDecimal("-1E+2000000000")), "args", "131072 digits before the point");
        assertRefused(
                () -> encoder.encode(RAW.with(new Raw("1e99999999999999999999"))), "args", "131072 digits before");
    }

    @Test
    void refusesNumbersTheReaderWouldRefuse() {
        assertThat(encode(new BigDecimal("1E+999")).argsText()).isEqualTo("{\"value\":1E+999}");
        assertRefused(() -> encode(new BigDecimal("1E+1000")), "args", "no number of more than 1000 digits");
        assertRefused(() -> encode(BigInteger.TEN.pow(1000)), "args", "no number of more than 1000 digits");
        assertThatCode(() -> encode(Double.MAX_VALUE)).doesNotThrowAnyException();
        assertThatCode(() -> encode(Double.MIN_VALUE)).doesNotThrowAnyException();
        assertThatCode(() -> encode(Long.MIN_VALUE)).doesNotThrowAnyException();
    }

    @Test
    void countsNumbersAsTheDigitsTheyStandFor() {
        JobEncoder small = new JobEncoder(mapper, JobLimits.defaults().payloadBytes(1000));
        List<BigDecimal> four = Collections.nCopies(4, new BigDecimal("1E+300"));

        assertThatCode(() -> small.encode(ANY.with(new Any(four.subList(0, 3)))))
                .doesNotThrowAnyException();
        assertRefused(() -> small.encode(ANY.with(new Any(four))), "args", "at most 1000 bytes");
    }

    @Test
    void limitsTheSizeInBytes() {
        JobEncoder small = new JobEncoder(mapper, JobLimits.defaults().payloadBytes(20));

        // {"value":"…"} takes 12 bytes
        assertThatCode(() -> small.encode(ANY.with(new Any("12345678")))).doesNotThrowAnyException();
        assertRefused(() -> small.encode(ANY.with(new Any("123456789"))), "args", "at most 20 bytes");
        assertRefused(() -> small.encode(ANY.with(new Any("€€€"))), "args", "at most 20 bytes");
        assertRefused(
                () -> small.encode(ANY.with(new Any(1)).metadata("k", "x".repeat(20))), "metadata", "at most 20 bytes");
        assertRefused(() -> encode("x".repeat(1 << 20)), "args", "at most 1048576 bytes");
    }

    @Test
    void stopsAnEndlessValueWhileItIsWritten() {
        Iterable<String> endless = () -> Stream.generate(() -> "more").iterator();
        assertRefused(() -> encode(endless), "args", "at most 1048576 bytes");
    }

    @Test
    void limitsTheDepth() {
        // the record is one level
        assertThatCode(() -> encode(nested(63))).doesNotThrowAnyException();
        assertRefused(() -> encode(nested(64)), "args", "at most 64 levels");
        assertRefused(() -> encode(nested(600)), "args", "at most 64 levels");
        assertRefused(() -> encode(nested(100_000)), "args", "at most 64 levels");
        List<Object> cycle = new ArrayList<>();
        cycle.add(cycle);
        assertRefused(() -> encode(cycle), "args", "at most 64 levels");
    }

    @Test
    void refusesADepthTheMapperDoesNotReach() {
        JsonFactory shallow = JsonFactory.builder()
                .streamWriteConstraints(
                        StreamWriteConstraints.builder().maxNestingDepth(10).build())
                .build();
        assertRefused(
                () -> new JobEncoder(JsonMapper.builder(shallow).build(), JobLimits.defaults()),
                "limits.depth",
                "at most 10");
        JsonFactory readsLess = JsonFactory.builder()
                .streamReadConstraints(
                        StreamReadConstraints.builder().maxNestingDepth(12).build())
                .build();
        assertRefused(
                () -> new JobEncoder(JsonMapper.builder(readsLess).build(), JobLimits.defaults()),
                "limits.depth",
                "at most 12");
    }

    @Test
    void refusesNamesTheReaderWouldRefuse() {
        assertThatCode(() -> encode(Map.of("k".repeat(50_000), 1))).doesNotThrowAnyException();
        assertRefused(() -> encode(Map.of("k".repeat(50_001), 1)), "args", "no member name longer than 50000");
    }

    @Test
    void keepsLargeValuesWhole() {
        List<Integer> values = IntStream.range(0, 100_000).boxed().toList();
        EncodedJob job = encode(values);

        assertThat(decoder.decode(job.argsText(), ANY).value()).isEqualTo(values);
    }

    private EncodedJob encode(Object value) {
        return encoder.encode(ANY.with(new Any(value)));
    }

    private static Object nested(int levels) {
        Object value = 1;
        for (int i = 0; i < levels; i++) {
            value = List.of(value);
        }
        return value;
    }
}
