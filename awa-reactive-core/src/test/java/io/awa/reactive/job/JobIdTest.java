package io.awa.reactive.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.awa.reactive.AwaValidationException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

class JobIdTest {

    private final JsonMapper mapper = JsonMapper.builder().build();

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 9007199254740993L, Long.MAX_VALUE})
    void itsTextIsTheNumberAndReadsBack(long value) {
        JobId id = new JobId(value);

        assertThat(id.toString()).isEqualTo(Long.toString(value));
        assertThat(JobId.parse(id.toString())).isEqualTo(id);
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(strings = {"", " 1", "+1", "-1", "01", "1.0", "0x1", "９", "9223372036854775808", "null"})
    void refusesAnyOtherText(String text) {
        assertThatThrownBy(() -> JobId.parse(text))
                .isInstanceOf(AwaValidationException.class)
                .hasMessageContaining("id")
                .hasMessageContaining(String.valueOf(text))
                .hasMessageContaining("decimal number");
    }

    @Test
    void refusesNegativeValues() {
        assertThatThrownBy(() -> new JobId(-1)).isInstanceOf(AwaValidationException.class);
    }

    @Test
    void isAStringInJson() {
        JobId id = new JobId(9007199254740993L);

        assertThat(mapper.writeValueAsString(Map.of("id", id))).isEqualTo("{\"id\":\"9007199254740993\"}");
        assertThat(mapper.readValue("\"9007199254740993\"", JobId.class)).isEqualTo(id);
        assertThatThrownBy(() -> mapper.readValue("\"x\"", JobId.class)).isInstanceOf(JacksonException.class);
    }
}
