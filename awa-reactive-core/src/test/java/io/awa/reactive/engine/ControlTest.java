package io.awa.reactive.engine;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ControlTest {

    @Test
    void words() {
        assertThat(Control.parse("\u0001cancel 7 -12 3")).contains(new Control.Cancel(7, -12, 3));
        assertThat(Control.parse("\u0001cancel 7 0 " + Long.MAX_VALUE))
                .contains(new Control.Cancel(7, 0, Long.MAX_VALUE));
        assertThat(Control.parse("\u0001resume 7 99")).contains(new Control.Resume(7, 99));
        assertThat(Control.parse("\u0001request")).contains(new Control.Requests());
        assertThat(Control.parse("")).as("a new connection").contains(new Control.Requests());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "email",
                "request",
                "\u0001",
                "\u0001cancel",
                "\u0001cancel 7 1",
                "\u0001cancel x 1 2",
                "\u0001cancel 99999999999 1 2",
                "\u0001resume 7 1 2",
                "\u0001later 1"
            })
    void othersAreLeftAlone(String payload) {
        assertThat(Control.parse(payload)).isEmpty();
    }
}
