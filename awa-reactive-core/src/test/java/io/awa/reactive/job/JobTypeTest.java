package io.awa.reactive.job;

import static io.awa.reactive.Refusals.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import io.awa.reactive.AwaValidationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JobTypeTest {

    record SendEmail(String to) {}

    record SMTPEmail() {}

    @JobKind("mail.v2")
    record Renamed() {}

    @JobKind(" ")
    record Blank() {}

    @ParameterizedTest
    @CsvSource({
        "SMTPEmail, smtp_email",
        "OAuthRefresh, o_auth_refresh",
        "PDFRenderJob, pdf_render_job",
        "ProcessV2Import, process_v2_import",
        "HTMLToPDF, html_to_pdf",
        "IOError, io_error",
        "SendEmail, send_email",
        "A, a",
        "AB, ab",
        "Job2, job2",
        "Send_Email, send_email",
        "ÜberJob, über_job"
    })
    void derivesTheKindFromTheClassName(String name, String kind) {
        assertThat(KindName.snakeCase(name)).isEqualTo(kind);
    }

    @Test
    void takesTheKindFromClassOrAnnotation() {
        assertThat(JobType.of(SMTPEmail.class).kind()).isEqualTo("smtp_email");
        assertThat(JobType.of(Renamed.class).kind()).isEqualTo("mail.v2");
        assertThat(JobType.of("chosen", Renamed.class).kind()).isEqualTo("chosen");
    }

    @Test
    void refusesClassesWithoutAKind() {
        Object anonymous = new Object() {};
        assertRefused(() -> JobType.of(anonymous.getClass()), "kind", "a name of its own");
        assertRefused(() -> JobType.of(int[].class), "kind", "a name of its own");
        assertRefused(() -> JobType.of(Blank.class), "kind", "not blank");
    }

    @Test
    void startsFromTheDocumentedDefaults() {
        JobType<SendEmail> type = JobType.of("send_email", SendEmail.class);

        assertThat(type.queue()).isEqualTo("default");
        assertThat(type.priority()).isEqualTo(2);
        assertThat(type.maxAttempts()).isEqualTo(25);
        assertThat(type.argsType()).isEqualTo(SendEmail.class);
    }

    @Test
    void settingsReturnANewType() {
        JobType<SendEmail> type = JobType.of("send_email", SendEmail.class);
        JobType<SendEmail> other = type.queue("email").priority(1).maxAttempts(1000);

        assertThat(type).isEqualTo(JobType.of("send_email", SendEmail.class)).isNotEqualTo(other);
        assertThat(other.queue()).isEqualTo("email");
        assertThat(other.priority()).isEqualTo(1);
        assertThat(other.maxAttempts()).isEqualTo(1000);
        assertThat(other)
                .hasSameHashCodeAs(JobType.of("send_email", SendEmail.class)
                        .queue("email")
                        .priority(1)
                        .maxAttempts(1000));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 5, -1, Integer.MAX_VALUE})
    void refusesPrioritiesOutOfRange(int level) {
        assertRefused(() -> JobType.of(SendEmail.class).priority(level), "priority", "1 to 4");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1001, Integer.MIN_VALUE})
    void refusesAttemptsOutOfRange(int attempts) {
        assertRefused(() -> JobType.of(SendEmail.class).maxAttempts(attempts), "maxAttempts", "1 to 1000");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "\u00a0\t", "\u2003"})
    void refusesBlankNames(String name) {
        assertThatThrownBy(() -> JobType.of(name, SendEmail.class)).isInstanceOf(AwaValidationException.class);
        assertThatThrownBy(() -> JobType.of(SendEmail.class).queue(name)).isInstanceOf(AwaValidationException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a\u0000b", "a\nb", "a\tb", "\u007f", "a\u0085b", "a\u2028b", "a\u2029"})
    void refusesControlCharactersInNames(String name) {
        assertRefused(() -> JobType.of(name, SendEmail.class), "kind", "no control characters");
        assertRefused(() -> JobType.of(SendEmail.class).queue(name), "queue", "no control characters");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a\uD83D", "\uDE00b", "\uDE00\uD83D"})
    void refusesHalvesOfCharactersInNames(String name) {
        assertRefused(() -> JobType.of(SendEmail.class).queue(name), "queue", "no unpaired UTF-16 surrogates");
    }

    @Test
    void takesNamesOfAnyScript() {
        assertThat(JobType.of(SendEmail.class)
                        .queue("почта 邮件 \uD83D\uDE00 'a\"b;--")
                        .queue())
                .isEqualTo("почта 邮件 \uD83D\uDE00 'a\"b;--");
    }

    @Test
    @SuppressWarnings("NullAway")
    void refusesNull() {
        assertRefused(() -> JobType.of(null, SendEmail.class), "kind", "not null");
        assertRefused(() -> JobType.of(SendEmail.class).queue(null), "queue", "not null");
        assertRefused(() -> JobType.of(SendEmail.class).with(null), "args", "not null");
    }
}
