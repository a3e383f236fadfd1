package io.awa.reactive.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.awa.reactive.AwaValidationException;
import org.junit.jupiter.api.Test;

class JobLimitsTest {

    @Test
    void hasTheDocumentedDefaults() {
        assertThat(JobLimits.defaults()).isEqualTo(new JobLimits(1024 * 1024, 64, 200, 20, 200));
    }

    @Test
    void settingsReturnNewLimits() {
        JobLimits limits = JobLimits.defaults()
                .payloadBytes(10)
                .depth(3)
                .nameLength(4)
                .tags(5)
                .tagLength(6);

        assertThat(limits).isEqualTo(new JobLimits(10, 3, 4, 5, 6));
        assertThat(JobLimits.defaults().depth()).isEqualTo(64);
    }

    @Test
    void refusesLimitsThatCannotBeKept() {
        JobLimits limits = JobLimits.defaults();
        assertThatThrownBy(() -> limits.payloadBytes(JobLimits.MAX_PAYLOAD_BYTES + 1))
                .isInstanceOf(AwaValidationException.class)
                .hasMessage("limits.payloadBytes: refused \"16777217\"; limit: 2 to 16777216");
        assertThatThrownBy(() -> limits.depth(501)).isInstanceOf(AwaValidationException.class);
        assertThatThrownBy(() -> limits.nameLength(201)).isInstanceOf(AwaValidationException.class);
        assertThatThrownBy(() -> limits.tags(-1)).isInstanceOf(AwaValidationException.class);
        assertThatThrownBy(() -> limits.tagLength(0)).isInstanceOf(AwaValidationException.class);
    }
}
