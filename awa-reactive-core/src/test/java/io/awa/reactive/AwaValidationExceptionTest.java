package io.awa.reactive;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class AwaValidationExceptionTest {

    @Test
    void carriesFieldValueAndLimitAsDataAndInTheMessage() {
        AwaValidationException error = new AwaValidationException("priority", 9, "1 to 4");

        assertThat(error.field()).isEqualTo("priority");
        assertThat(error.value()).isEqualTo("9");
        assertThat(error.limit()).isEqualTo("1 to 4");
        assertThat(error).hasMessage("priority: refused \"9\"; limit: 1 to 4").isInstanceOf(AwaException.class);
    }

    @Test
    void shortensLongValuesWithoutCuttingACharacterInTwo() {
        assertThat(new AwaValidationException("queue", "x".repeat(100), "-").value())
                .isEqualTo("x".repeat(100));
        assertThat(new AwaValidationException("queue", "x".repeat(101), "-").value())
                .isEqualTo("x".repeat(99) + "…");
        assertThat(new AwaValidationException("queue", "\uD83D\uDE00".repeat(60), "-").value())
                .isEqualTo("\uD83D\uDE00".repeat(49) + "…");
    }

    @Test
    void neverPutsLineBreaksOrHalvesOfCharactersIntoALog() {
        assertThat(new AwaValidationException("queue", "a\nb\u0000\u2028\uD800", "-").getMessage())
                .contains("a\\u000ab\\u0000\\u2028\\ud800")
                .doesNotContain("\n", "\u0000", "\u2028", "\uD800");
        assertThat(new AwaValidationException("queue", null, "-").value()).isEqualTo("null");
    }
}
