package io.awa.reactive.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.awa.reactive.AwaValidationException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
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
    void countsADelayFromTheCall() {
        Job<Mail> job = TYPE.with(new Mail("x")).runAfter(Duration.ofMinutes(5));

        assertThat(job.runAt().orElseThrow())
                .isCloseTo(Instant.now().plus(Duration.ofMinutes(5)), within(30, ChronoUnit.SECONDS));
    }

    @Test
    void refusesDelaysWithoutAMeaning() {
        Job<Mail> job = TYPE.with(new Mail("x"));
        assertThatThrownBy(() -> job.runAfter(Duration.ofMillis(-1)))
                .isInstanceOf(AwaValidationException.class)
                .hasMessageContaining("runAfter")
                .hasMessageContaining("not negative");
        assertThatThrownBy(() -> job.runAfter(Duration.ofSeconds(Long.MAX_VALUE)))
                .isInstanceOf(AwaValidationException.class)
                .hasMessageContaining("runAfter")
                .hasMessageContaining("calendar");
    }

    @Test
    void itsTextHoldsNoArguments() {
        assertThat(TYPE.with(new Mail("secret")).metadata("token", "secret").toString())
                .contains("mail", "email")
                .doesNotContain("secret");
    }
}
