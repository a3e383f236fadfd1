package io.awa.reactive.internal.pg;

import static org.assertj.core.api.Assertions.assertThat;

import io.r2dbc.spi.R2dbcNonTransientResourceException;
import io.r2dbc.spi.R2dbcTransientException;
import java.net.ConnectException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SqlStateTest {

    @ParameterizedTest
    @CsvSource({
        "55P03, LOCK_REFUSED",
        "40001, SERIALIZATION",
        "40P01, SERIALIZATION",
        "08000, CONNECTION",
        "08006, CONNECTION",
        "57P01, CONNECTION",
        "57P02, CONNECTION",
        "57P03, CONNECTION",
        "57P05, CONNECTION",
        "25P03, CONNECTION",
        "53300, CONNECTION",
        "57014, TIMEOUT",
        "23505, CONSTRAINT",
        "23514, CONSTRAINT",
        "42P01, SCHEMA",
        "42501, SCHEMA",
        "3F000, SCHEMA",
        "25P02, OTHER",
        "55006, OTHER",
        "40002, OTHER",
        "22P02, OTHER",
        "57000, OTHER",
        "'', OTHER"
    })
    void onlyTheCodeDecides(String code, SqlState kind) {
        assertThat(SqlState.of(new R2dbcNonTransientResourceException("x", code)))
                .isEqualTo(kind);
        assertThat(SqlState.of(new Transient(code))).isEqualTo(kind);
        assertThat(SqlState.isLockRefused(new Transient(code))).isEqualTo(kind == SqlState.LOCK_REFUSED);
    }

    @Test
    void walksTheCausesToTheFirstCode() {
        Throwable wrapped = new RuntimeException(
                "outer", new IllegalStateException(new R2dbcNonTransientResourceException("lock", "55P03")));
        assertThat(SqlState.of(wrapped)).isEqualTo(SqlState.LOCK_REFUSED);

        Throwable codeless = new R2dbcNonTransientResourceException("no code", new Transient("40001"));
        assertThat(SqlState.of(codeless)).isEqualTo(SqlState.SERIALIZATION);
    }

    @Test
    void aLostSocketIsAConnectionError() {
        Throwable refused = new R2dbcNonTransientResourceException("cannot connect", new ConnectException("refused"));
        assertThat(SqlState.of(refused)).isEqualTo(SqlState.CONNECTION);
    }

    @Test
    void everythingElseIsOther() {
        assertThat(SqlState.of(null)).isEqualTo(SqlState.OTHER);
        assertThat(SqlState.of(new IllegalStateException("55P03"))).isEqualTo(SqlState.OTHER);
    }

    @Test
    void endsOnCyclesOfCauses() {
        RuntimeException first = new RuntimeException("first");
        first.initCause(new RuntimeException("second", first));
        assertThat(SqlState.of(first)).isEqualTo(SqlState.OTHER);
    }

    private static final class Transient extends R2dbcTransientException {

        private static final long serialVersionUID = 1L;

        Transient(String code) {
            super("transient", code);
        }
    }
}
