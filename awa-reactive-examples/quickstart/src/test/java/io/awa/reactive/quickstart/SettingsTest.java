package io.awa.reactive.quickstart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Properties;
import org.junit.jupiter.api.Test;

class SettingsTest {

    private final Properties properties = new Properties();

    @Test
    void anArgumentWinsOverAProperty() {
        properties.setProperty("awa.demo.seconds", "30");
        properties.setProperty("awa.demo.rate", "10");
        properties.setProperty("awa.demo.forever", "true");

        assertThat(of("--rate=20")).isEqualTo(new Settings(30, 20, true, false));
        assertThat(of("--forever=false").forever()).isFalse();
    }

    @Test
    void thereAreDefaults() {
        assertThat(of()).isEqualTo(new Settings(20, 1_000, false, false));
        assertThat(of("--forever").forever()).isTrue();
    }

    @Test
    void whatIsWrongIsNamed() {
        assertThatThrownBy(() -> of("--seconds=x")).hasMessage("seconds is a number from 1 to 86400, not x");
        assertThatThrownBy(() -> of("--rate")).hasMessageContaining("rate is a number");
        assertThatThrownBy(() -> of("--fast")).hasMessage("unknown option: --fast");
    }

    private Settings of(String... args) {
        return Settings.of(args, properties);
    }
}
