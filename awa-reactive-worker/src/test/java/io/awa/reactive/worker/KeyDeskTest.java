package io.awa.reactive.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.awa.reactive.Awa;
import io.r2dbc.postgresql.PostgresqlConnectionConfiguration;
import io.r2dbc.postgresql.PostgresqlConnectionFactory;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.scheduler.Schedulers;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.json.JsonMapper;

/** Nobody is there to answer: what these ends have to do with keys shows before anything is sent. */
class KeyDeskTest {

    // The least it goes: no escape of a text can be read.
    private static final JsonMapper STRICT = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(
                            StreamReadConstraints.builder().maxStringLength(1).build())
                    .build())
            .build();

    private final Awa awa = Awa.builder(new PostgresqlConnectionFactory(PostgresqlConnectionConfiguration.builder()
                    .host("192.0.2.1")
                    .username("nobody")
                    .build()))
            .mapper(STRICT)
            .build();
    private final KeyDesk desk = new KeyDesk(awa.engine(), "test", () -> 1, queue -> {}, Schedulers.parallel());

    @AfterEach
    void close() {
        awa.close().block(Duration.ofSeconds(10));
    }

    /** The end is written by then, and so are those it shared a statement with. */
    @Test
    void aKeyThatCannotBeReadIsNobodysError() {
        String extras = "{\"concurrency_key\": \"a\\\"b\"}";
        assertThatThrownBy(() -> awa.engine().extras(extras).concurrencyKey())
                .isInstanceOf(StreamConstraintsException.class);

        desk.ended(extras);

        assertThat(desk.isQuiet()).isTrue();
    }

    @Test
    void theNameAloneIsNoKey() {
        desk.ended((String) null);
        desk.ended("{\"meta\": {\"concurrency_key\": \"a\"}, \"tags\": [\"concurrency_key\"]}");
        desk.ended("{\"meta\": \"\\\"concurrency_key\\\": 1\"}");

        assertThat(desk.isQuiet()).isTrue();
    }
}
