package io.awa.reactive.internal.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import com.fasterxml.jackson.annotation.JsonRawValue;
import com.fasterxml.jackson.annotation.JsonValue;
import io.awa.reactive.AwaPayloadException;
import io.awa.reactive.AwaValidationException;
import io.awa.reactive.job.Job;
import io.awa.reactive.job.JobLimits;
import io.awa.reactive.job.JobType;
import io.awa.reactive.job.Unique;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamWriteConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.json.JsonMapper;

class JobEncoderTest {

    record Mail(String to, int copies) {}

    record Any(Object value) {}

    record Raw(@JsonRawValue String value) {}

    private static final JobType<Mail> MAIL = JobType.of("mail", Mail.class);
    private static final JobType<Any> ANY = JobType.of("any", Any.class);
    private static final JobType<Raw> RAW = JobType.of("raw", Raw.class);

    private final JsonMapper mapper = JsonMapper.builder().build();
    private final JobEncoder encoder = new JobEncoder(mapper, JobLimits.defaults());
    private final JobDecoder decoder = new JobDecoder(mapper);

    @Test
    void encodesAPlainJob() {
        EncodedJob job =
                encoder.encode(MAIL.queue("email").priority(1).maxAttempts(3).with(new Mail("a@b.org", 2)));

        assertThat(job.queue()).isEqualTo("email");
        assertThat(job.priority()).isEqualTo(1);
        assertThat(job.kind()).isEqualTo("mail");
        assertThat(job.maxAttempts()).isEqualTo(3);
        assertThat(job.argsText()).isEqualTo("{\"to\":\"a@b.org\",\"copies\":2}");
        assertThat(new String(job.args(), StandardCharsets.UTF_8)).isEqualTo(job.argsText());
        assertThat(job.extras()).isNull();
        assertThat(job.extrasText()).isNull();
    }

    @Test
    void putsTagsAndMetadataIntoExtras() {
        Job<Mail> job = MAIL.with(new Mail("x", 1));

        assertThat(encoder.encode(job.tags("a", "b\"c")).extrasText()).isEqualTo("{\"tags\":[\"a\",\"b\\\"c\"]}");
        assertThat(encoder.encode(job.metadata("k", null)).extrasText()).isEqualTo("{\"meta\":{\"k\":null}}");
        assertThat(encoder.encode(job.tags("a").metadata("k", List.of(1))).extrasText())
                .isEqualTo("{\"tags\":[\"a\"],\"meta\":{\"k\":[1]}}");
    }

    @Test
    void timesAreRoundedUp() {
        Job<Mail> job = MAIL.with(new Mail("x", 1));
        assertThat(encoder.encode(job).terms().none()).isTrue();
        assertThat(encoder.encode(job.runAt(Instant.ofEpochSecond(3, 1_001))).terms())
                .isEqualTo(new Terms(3_000_002L, null, null, 0));
        assertThat(encoder.encode(job.runAt(Instant.MIN)).terms().dueMicros()).isZero();
        assertThat(encoder.encode(job.runAt(Instant.parse("9999-12-31T23:59:59Z")))
                        .terms()
                        .dueMicros())
                .isEqualTo(253_402_300_799_000_000L);
        assertThat(encoder.encode(job.runAfter(Duration.ofNanos(1))).terms()).isEqualTo(new Terms(null, 1L, null, 0));
        assertThat(encoder.encode(job.runAfter(Duration.ZERO)).terms().scheduled())
                .isTrue();
    }

    @Test
    void deadlineAndKeyTravelBesideTagsAndMetadata() {
        Job<Mail> job = MAIL.with(new Mail("x", 1)).deadline(Duration.ofMillis(1500));
        assertThat(encoder.encode(job).extrasText()).isEqualTo("{\"deadline\":1500}");
        EncodedJob unique = encoder.encode(job.tags("a").metadata("k", 1).unique(Unique.byKind()));
        assertThat(unique.extrasText())
                .isEqualTo("{\"tags\":[\"a\"],\"meta\":{\"k\":1},\"deadline\":1500,\"unique\":{\"key\":\""
                        + unique.terms().key() + "\",\"states\":575}}");
    }

    @Test
    void aConcurrencyKeyTravelsToo() {
        Job<Mail> job = MAIL.with(new Mail("x", 1)).concurrencyKey("a \"quoted\" key");
        assertThat(encoder.encode(job).extrasText()).isEqualTo("{\"concurrency_key\":\"a \\\"quoted\\\" key\"}");
        assertRefused(
                () -> encoder.encode(job.concurrencyKey("k".repeat(201))), "concurrencyKey", "at most 200 characters");
    }

    @Test
    void headersTravelLast() {
        Job<Mail> job = MAIL.with(new Mail("x", 1)).headers(Map.of("traceparent", "00-a\"b\\c-01"));

        assertThat(encoder.encode(job).extrasText()).isEqualTo("{\"headers\":{\"traceparent\":\"00-a\\\"b\\\\c-01\"}}");
        assertThat(encoder.encode(job.tags("a").deadline(Duration.ofMillis(5))).extrasText())
                .startsWith("{\"tags\":[\"a\"],\"deadline\":5,\"headers\":{");
        assertThat(mapper.readTree(encoder.encode(job).extrasText())
                        .path("headers")
                        .path("traceparent")
                        .asString())
                .isEqualTo("00-a\"b\\c-01");
    }

    @Test
    void limitsNamesAndTags() {
        Job<Mail> job = MAIL.with(new Mail("x", 1));
        String longest = "\uD83D\uDE00".repeat(200);

        assertThat(encoder.encode(job.queue(longest).tags(longest)).queue()).isEqualTo(longest);
        assertRefused(() -> encoder.encode(job.queue("q".repeat(201))), "queue", "at most 200 characters");
        assertRefused(
                () -> encoder.encode(JobType.of("k".repeat(201), Mail.class).with(new Mail("x", 1))),
                "kind",
                "at most 200 characters");
        assertRefused(() -> encoder.encode(job.tags("t".repeat(201))), "tags", "at most 200 characters");
        assertThatCode(() -> encoder.encode(job.tags(Collections.nCopies(20, "t"))))
                .doesNotThrowAnyException();
        assertRefused(() -> encoder.encode(job.tags(Collections.nCopies(21, "t"))), "tags", "at most 20 tags");
    }

    @Test
    void refusesNulAnywhere() {
        assertRefused(() -> encode("a\u0000b"), "args", "no NUL character");
        assertRefused(() -> encode(Map.of("k\u0000", 1)), "args", "no NUL character");
        assertRefused(() -> encode(List.of(Map.of("k", List.of("\u0000")))), "args", "no NUL character");
        Job<Mail> job = MAIL.with(new Mail("x", 1));
        assertRefused(() -> encoder.encode(job.metadata("k\u0000", 1)), "metadata", "no NUL character");
        assertRefused(() -> encoder.encode(job.metadata("k", Map.of("x", "\u0000"))), "metadata", "no NUL");
        // not NUL: an escaped backslash before the letters
        assertThat(encode("\\u0000").argsText()).isEqualTo("{\"value\":\"\\\\u0000\"}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"\uD83D", "a\uD83Db", "\uDE00", "\uDE00\uD83D", "\uD83D\uD83D\uDE00"})
    void refusesUnpairedSurrogates(String text) {
        assertRefused(() -> encode(text), "args", "");
        assertRefused(() -> encode(Map.of(text, 1)), "args", "");
        assertRefused(() -> encoder.encode(MAIL.with(new Mail("x", 1)).metadata("k", text)), "metadata", "");
    }

    @ParameterizedTest
    @ValueSource(strings = {"\\ud83d", "\\ude00", "\\ude00\\ud83d", "\\ud83dx", "\\ud83d\\n", "\\ud83d\\ud83d"})
    void refusesEscapedUnpairedSurrogatesInRawValues(String text) {
        assertRefused(() -> encoder.encode(RAW.with(new Raw('"' + text + '"'))), "args", "unpaired UTF-16");
    }

    @Test
    void keepsTextOfAnyScript() {
        String text = "ä€\uD83D\uDE00\u007f\u0001\uFFFF\uFFFE";
        EncodedJob job = encode(text);

        assertThat(decoder.decode(job.argsText(), ANY).value()).isEqualTo(text);
        assertThat(encoder.encode(RAW.with(new Raw("\"\\uD83D\\uDE00\""))).argsText())
                .contains("\\uD83D\\uDE00");
    }

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
    void refusesWhatCannotBeSerialised() {
        record Broken(String x) {
            @JsonValue
            String json() {
                throw new IllegalStateException("broken on purpose");
            }
        }
        assertThatThrownBy(() -> encode(new Broken("x")))
                .isInstanceOf(AwaValidationException.class)
                .hasMessageContaining("args")
                .hasMessageContaining(Any.class.getName())
                .hasMessageContaining("serialisable as JSON")
                .hasMessageContaining("broken on purpose")
                .hasCauseInstanceOf(RuntimeException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "[1",
                "[1,]",
                "{,}",
                "{\"a\"}",
                "{\"a\":}",
                "{a:1}",
                "'x'",
                "01",
                "1.",
                ".5",
                "+1",
                "1e",
                "-",
                "tru",
                "nul",
                "\"x",
                "\"\\x\"",
                "\"\\u00g0\"",
                "\"\\u00",
                "1 2",
                "1}{",
                "[}",
                "// x\n1",
                "\"\n\"",
                "Infinity",
                "-Infinity",
                "undefined",
                "\u00a01"
            })
    void refusesRawValuesThatAreNoJson(String raw) {
        assertRefused(() -> encoder.encode(RAW.with(new Raw(raw))), "args", "well formed");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                " 1", "[ ]", "{ \"a\" : [ 1 , 2.5e-3 , -0 , 0.0 ] }", "\"\\/\\b\\f\\n\\r\\t\\\\\\\"\"", "true",
                "[false,null]", "1E5", "1e+5", "{\"a\":1,\"a\":2}", "\t\r\n{}"
            })
    void takesRawValuesThatAreJson(String raw) {
        assertThat(encoder.encode(RAW.with(new Raw(raw))).argsText()).isEqualTo("{\"value\":" + raw + "}");
    }

    @Test
    void takesAnyValueButNullAsArguments() {
        record Nothing() {
            @JsonValue
            Object json() {
                return null;
            }
        }
        assertThat(encoder.encode(JobType.of("n", Long.class).with(5L)).argsText())
                .isEqualTo("5");
        assertThat(encoder.encode(JobType.of("s", String.class).with("null")).argsText())
                .isEqualTo("\"null\"");
        assertRefused(
                () -> encoder.encode(JobType.of("x", Nothing.class).with(new Nothing())), "args", "other than null");
    }

    @Test
    void keepsLargeValuesWhole() {
        List<Integer> values = IntStream.range(0, 100_000).boxed().toList();
        EncodedJob job = encode(values);

        assertThat(decoder.decode(job.argsText(), ANY).value()).isEqualTo(values);
    }

    @Test
    void decodesWhatItEncoded() {
        Mail mail = new Mail("ä@b.org", 3);
        assertThat(decoder.decode(encoder.encode(MAIL.with(mail)).argsText(), MAIL))
                .isEqualTo(mail);
        assertThat(decoder.decode("{\"to\":\"x\",\"copies\":1,\"added_later\":true}", MAIL))
                .isEqualTo(new Mail("x", 1));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "null", "[]", "{\"copies\":\"many\"}", "{\"to\":", "{} {}"})
    void namesKindAndClassOfAPayloadItCannotRead(String json) {
        assertThatThrownBy(() -> decoder.decode(json, MAIL))
                .asInstanceOf(type(AwaPayloadException.class))
                .satisfies(e -> {
                    assertThat(e.kind()).isEqualTo("mail");
                    assertThat(e.argsType()).isEqualTo(Mail.class.getName());
                    assertThat(e).hasMessageContaining("mail").hasMessageContaining(Mail.class.getName());
                });
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

    private static void assertRefused(ThrowingCallable call, String field, String limit) {
        assertThatThrownBy(call)
                .hasMessageContaining(field)
                .hasMessageContaining(limit)
                .asInstanceOf(type(AwaValidationException.class))
                .satisfies(e -> {
                    assertThat(e.field()).isEqualTo(field);
                    assertThat(e.limit()).contains(limit);
                });
    }
}
