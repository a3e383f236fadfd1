package io.awa.reactive.internal.json;

import static io.awa.reactive.Refusals.assertRefused;
import static io.awa.reactive.internal.json.Payloads.ANY;
import static io.awa.reactive.internal.json.Payloads.MAIL;
import static io.awa.reactive.internal.json.Payloads.RAW;
import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.internal.json.Payloads.Any;
import io.awa.reactive.internal.json.Payloads.Mail;
import io.awa.reactive.internal.json.Payloads.Raw;
import io.awa.reactive.job.Job;
import io.awa.reactive.job.JobLimits;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

/** Text that PostgreSQL, or a worker, would not take. */
class JobEncoderTextTest {

    private final JsonMapper mapper = JsonMapper.builder().build();
    private final JobEncoder encoder = new JobEncoder(mapper, JobLimits.defaults());
    private final JobDecoder decoder = new JobDecoder(mapper);

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

    private EncodedJob encode(Object value) {
        return encoder.encode(ANY.with(new Any(value)));
    }
}
