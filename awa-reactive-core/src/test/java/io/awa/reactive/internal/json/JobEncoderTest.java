package io.awa.reactive.internal.json;

import static io.awa.reactive.Refusals.assertRefused;
import static io.awa.reactive.internal.json.Payloads.ANY;
import static io.awa.reactive.internal.json.Payloads.MAIL;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.annotation.JsonValue;
import io.awa.reactive.AwaValidationException;
import io.awa.reactive.internal.json.Payloads.Any;
import io.awa.reactive.internal.json.Payloads.Mail;
import io.awa.reactive.job.Job;
import io.awa.reactive.job.JobLimits;
import io.awa.reactive.job.JobType;
import io.awa.reactive.job.Unique;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.util.RawValue;

/** What a job becomes. */
class JobEncoderTest {

    private final JsonMapper mapper = JsonMapper.builder().build();
    private final JobEncoder encoder = new JobEncoder(mapper, JobLimits.defaults());

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
        assertThat(unique.extrasText()).isEqualTo("{\"tags\":[\"a\"],\"meta\":{\"k\":1},\"deadline\":1500}");
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

    /** Jobs of a stream share what they carry; the next one with something else has its own. */
    @Test
    void whatJobsShareIsWrittenOnce() {
        Job<Mail> job = MAIL.with(new Mail("x", 1)).headers(Map.of("a", "1"));
        Job<Mail> same = MAIL.with(new Mail("y", 2)).headers(job.headers());

        assertThat(same.headers()).isSameAs(job.headers()).isEqualTo(Map.of("a", "1"));
        assertThat(encoder.encode(same).extras()).isSameAs(encoder.encode(job).extras());
        assertThat(encoder.encode(job.headers(Map.of("a", "2"))).extrasText()).isEqualTo("{\"headers\":{\"a\":\"2\"}}");
        assertThat(encoder.encode(job.deadline(Duration.ofMillis(5))).extrasText())
                .isEqualTo("{\"deadline\":5,\"headers\":{\"a\":\"1\"}}");
        assertThat(encoder.encode(job.deadline(Duration.ofMillis(6))).extrasText())
                .isEqualTo("{\"deadline\":6,\"headers\":{\"a\":\"1\"}}");
        assertThat(encoder.encode(job.headers(Map.of()).deadline(Duration.ofMillis(6)))
                        .extrasText())
                .isEqualTo("{\"deadline\":6}");
        assertThat(encoder.encode(job.headers(Map.of())).extras()).isNull();
        assertThatThrownBy(() -> job.headers().put("b", "2")).isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> job.headers().clear()).isInstanceOf(UnsupportedOperationException.class);
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
        assertRefused(
                () -> encoder.encode(JobType.of("x", RawValue.class).with(new RawValue("\n null "))),
                "args",
                "other than null");
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

    private EncodedJob encode(Object value) {
        return encoder.encode(ANY.with(new Any(value)));
    }
}
