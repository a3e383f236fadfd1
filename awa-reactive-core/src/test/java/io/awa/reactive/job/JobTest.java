package io.awa.reactive.job;

import static io.awa.reactive.Refusals.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.awa.reactive.AwaValidationException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class JobTest {

    record Mail(String to) {}

    private static final JobType<Mail> TYPE =
            JobType.of("mail", Mail.class).queue("email").priority(3).maxAttempts(7);

    @Test
    void startsFromItsType() {
        Job<Mail> job = TYPE.with(new Mail("a@b.org"));

        assertThat(job.type()).isEqualTo(TYPE);
        assertThat(job.args()).isEqualTo(new Mail("a@b.org"));
        assertThat(job.queue()).isEqualTo("email");
        assertThat(job.priority()).isEqualTo(3);
        assertThat(job.maxAttempts()).isEqualTo(7);
        assertThat(job.tags()).isEmpty();
        assertThat(job.metadata()).isEmpty();
        assertThat(job.runAt()).isEmpty();
    }

    @Test
    void settingsReturnANewJobAndKeepTheRest() {
        Job<Mail> first = TYPE.with(new Mail("a@b.org")).tags("x").metadata("k", 1);
        Job<Mail> job = first.queue("bulk").priority(4).maxAttempts(1).runAt(Instant.EPOCH);

        assertThat(job.queue()).isEqualTo("bulk");
        assertThat(job.priority()).isEqualTo(4);
        assertThat(job.maxAttempts()).isEqualTo(1);
        assertThat(job.runAt()).contains(Instant.EPOCH);
        assertThat(job.tags()).containsExactly("x");
        assertThat(job.metadata()).containsEntry("k", 1);
        assertThat(first.queue()).isEqualTo("email");
        assertThat(first.runAt()).isEmpty();
    }

    @Test
    void copiesTagsAndMetadata() {
        List<String> tags = new ArrayList<>(List.of("a"));
        Map<String, Object> metadata = new HashMap<>(Map.of("k", "v"));
        Job<Mail> job = TYPE.with(new Mail("x")).tags(tags).metadata(metadata);
        tags.add("b");
        metadata.clear();

        assertThat(job.tags()).containsExactly("a");
        assertThat(job.metadata()).containsOnly(Map.entry("k", "v"));
        assertThatThrownBy(() -> job.tags().add("c")).isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> job.metadata().put("c", 1)).isInstanceOf(UnsupportedOperationException.class);
    }

    @Test
    void metadataKeepsNullValuesAndOrder() {
        Job<Mail> job = TYPE.with(new Mail("x")).metadata("z", null).metadata("a", 1);

        assertThat(job.metadata()).containsEntry("z", null);
        assertThat(job.metadata().keySet()).containsExactly("z", "a");
    }

    @Test
    void refusesTagsThatCannotBeStoredOrShown() {
        Job<Mail> job = TYPE.with(new Mail("x"));
        assertThatThrownBy(() -> job.tags("ok", " "))
                .isInstanceOf(AwaValidationException.class)
                .hasMessageContaining("tags")
                .hasMessageContaining("not blank");
        assertThatThrownBy(() -> job.tags("a\u0000"))
                .isInstanceOf(AwaValidationException.class)
                .hasMessageContaining("tags")
                .hasMessageContaining("no control characters");
    }

    @Test
    void aTimeAndADelayReplaceEachOther() {
        Job<Mail> job = TYPE.with(new Mail("x")).runAfter(Duration.ofMinutes(5));
        assertThat(job.runAfter()).contains(Duration.ofMinutes(5));
        assertThat(job.runAt()).isEmpty();

        assertThat(job.runAt(Instant.EPOCH).runAfter()).isEmpty();
        assertThat(job.runAt(Instant.EPOCH).runAfter(Duration.ZERO).runAt()).isEmpty();
        assertThat(job.queue("other").tags("t").deadline(Duration.ofSeconds(1)).runAfter())
                .contains(Duration.ofMinutes(5));
        assertThat(job.runAt(Instant.MIN).runAt()).contains(Instant.MIN);
    }

    @Test
    void refusesTimesWithoutAMeaning() {
        Job<Mail> job = TYPE.with(new Mail("x"));
        assertRefused(() -> job.runAfter(Duration.ofMillis(-1)), "runAfter", "0 to 36500 days");
        assertRefused(() -> job.runAfter(Duration.ofSeconds(Long.MAX_VALUE)), "runAfter", "0 to 36500 days");
        assertRefused(() -> job.runAt(Instant.MAX), "runAt", "before the year 10000");
        assertRefused(() -> job.deadline(Duration.ofNanos(999_999)), "deadline", "1 ms to 30 days");
        assertRefused(() -> job.deadline(Duration.ofDays(30).plusNanos(1)), "deadline", "1 ms to 30 days");
        assertThat(job.deadline(Duration.ofDays(30)).deadline()).contains(Duration.ofDays(30));
    }

    @Test
    void aKeyOfItsOwnOrOneOfItsArguments() {
        JobType<Mail> keyed = TYPE.concurrencyKey(mail -> mail.to().isEmpty() ? null : mail.to());
        assertThat(TYPE.with(new Mail("x")).concurrencyKey()).isEmpty();
        assertThat(keyed.with(new Mail("")).concurrencyKey()).isEmpty();
        assertThat(keyed.queue("other").with(new Mail("x")).priority(1).concurrencyKey())
                .contains("x");
        assertThat(keyed.with(new Mail("x"))
                        .concurrencyKey("y")
                        .tags("t")
                        .runAfter(Duration.ZERO)
                        .concurrencyKey())
                .contains("y");
        assertThat(keyed).isNotEqualTo(TYPE).isEqualTo(keyed.queue("email"));
        assertRefused(() -> TYPE.with(new Mail("x")).concurrencyKey(" "), "concurrencyKey", "not blank");
        assertRefused(() -> keyed.with(new Mail("a\nb")).concurrencyKey(), "concurrencyKey", "no control characters");
    }

    @Test
    void headersAreFewPrintableTexts() {
        Map<String, String> headers = new HashMap<>(Map.of("traceparent", "00-ab-cd-01"));
        Job<Mail> job = TYPE.with(new Mail("x")).headers(headers);
        headers.clear();
        assertThat(job.queue("other").tags("t").runAfter(Duration.ZERO).headers())
                .isEqualTo(Map.of("traceparent", "00-ab-cd-01"));
        assertThatThrownBy(() -> job.headers().put("a", "b")).isInstanceOf(UnsupportedOperationException.class);
        assertThat(job.toString()).doesNotContain("00-ab");

        int fits = JobLimits.HEADER_BYTES - "baggage".length() - 6;
        assertThat(job.headers(Map.of("baggage", "b".repeat(fits))).headers()).hasSize(1);
        assertRefused(() -> job.headers(Map.of("baggage", "b".repeat(fits + 1))), "headers", "at most 4096 bytes");
        assertRefused(() -> job.headers(Map.of("baggage", "\"".repeat(fits / 2 + 1))), "headers", "at most 4096 bytes");
        assertRefused(() -> job.headers(Map.of("a", "\u00e9")), "headers.a", "printable ASCII");
        assertRefused(() -> job.headers(Map.of("a", "\n")), "headers.a", "printable ASCII");
        assertRefused(() -> job.headers(Map.of("a\0", "b")), "headers name", "printable ASCII");
        assertRefused(() -> job.headers(Map.of(" ", "b")), "headers name", "not blank");
    }

    @Test
    void keepsWhatMakesItUnique() {
        Unique terms = Unique.byArgs().perQueue();
        Job<Mail> job = TYPE.unique(terms).with(new Mail("x")).tags("t");
        assertThat(job.unique()).contains(terms);
        assertThat(job.queue("other").unique()).contains(terms);
        assertThat(TYPE.unique(terms))
                .isEqualTo(TYPE.unique(Unique.byArgs().perQueue()))
                .isNotEqualTo(TYPE);
        assertThat(TYPE.with(new Mail("x")).unique()).isEmpty();
    }

    @Test
    void itsTextHoldsNoArguments() {
        assertThat(TYPE.with(new Mail("secret")).metadata("token", "secret").toString())
                .contains("mail", "email")
                .doesNotContain("secret");
    }
}
