package io.awa.reactive.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class ServerAddressTest {

    @Test
    void bothSpellingsAreRead() {
        ServerAddress plain = ServerAddress.parse("postgresql://me:a%40b+c@db.test:6543/jobs?sslmode=require");
        assertThat(plain).isEqualTo(new ServerAddress("db.test", 6543, "jobs", "me", "a@b+c", "require"));
        assertThat(ServerAddress.parse(plain.url())).isEqualTo(plain);
        assertThat(ServerAddress.parse("r2dbc:postgresql://me@db.test"))
                .isEqualTo(new ServerAddress("db.test", 5432, "me", "me", null, null));
    }

    @Test
    void anotherDatabaseIsRefusedAndPasswordsStayHidden() {
        assertThatThrownBy(() -> ServerAddress.parse("mysql://me:secret@db.test/jobs"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageNotContaining("secret");
        assertThat(ServerAddress.parse("postgresql://me:secret@db.test/jobs").toString())
                .doesNotContain("secret");
    }
}
