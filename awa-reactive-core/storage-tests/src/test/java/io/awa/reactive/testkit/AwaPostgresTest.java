package io.awa.reactive.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.awa.reactive.testkit.AwaPostgres.Options;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AwaPostgresTest {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @Test
    void theSharedServerKeepsWhatItCommits() {
        AwaPostgres postgres = AwaPostgres.shared();
        assertThat(AwaPostgres.shared()).isSameAs(postgres);
        assumeTrue(System.getenv(AwaPostgres.URL_VARIABLE) == null, "a given server has settings of its own");
        assertThat(values(postgres, "SHOW fsync; SHOW synchronous_commit; SHOW full_page_writes"))
                .containsExactly("on", "on", "on");
        assertThat(values(postgres, "SHOW max_prepared_transactions")).containsExactly("20");
        // The driver asks for the zone of this process, so the session's own value says nothing.
        assertThat(values(postgres, "SELECT setting FROM pg_file_settings WHERE lower(name) = 'timezone' AND applied"))
                .containsExactly("UTC");
        assertThat(values(postgres, "SHOW server_version_num")).allMatch(version -> version.startsWith("18"));
    }

    @Test
    void namesOfSchemasAreFreshAndMayBeOdd() {
        AwaPostgres postgres = AwaPostgres.shared();
        String odd = postgres.freshSchema("My \"own\" schéma");
        assertThat(odd).startsWith("My \"own\" schéma").isNotEqualTo(postgres.freshSchema("My \"own\" schéma"));
        assertThatThrownBy(() -> postgres.freshSchema("x".repeat(60))).isInstanceOf(IllegalArgumentException.class);

        String quoted = '"' + odd.replace("\"", "\"\"") + '"';
        String count = "SELECT count(*) FROM pg_namespace WHERE nspname = $awa$" + odd + "$awa$";
        values(postgres, "CREATE SCHEMA " + quoted + "; CREATE TABLE " + quoted + ".t (id int)");
        assertThat(values(postgres, count)).containsExactly("1");
        postgres.drop(odd).then(postgres.drop(odd)).block(PATIENCE);
        assertThat(values(postgres, count)).containsExactly("0");
    }

    @Test
    void committedRowsSurviveAKillAndARestart() {
        try (AwaPostgres postgres = AwaPostgres.start(Options.defaults().setting("shared_buffers", "32MB"))) {
            values(postgres, "CREATE TABLE kept (id int); INSERT INTO kept SELECT generate_series(1, 1000)");
            String url = postgres.url();
            long first = postgres.pid();

            postgres.kill9();
            assertThat(Processes.runs(first)).isFalse();
            assertThatThrownBy(postgres::pid).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(() -> values(postgres, "SELECT 1")).isInstanceOf(RuntimeException.class);

            postgres.restart();
            assertThat(postgres.url()).isEqualTo(url);
            assertThat(postgres.pid()).isNotEqualTo(first);
            assertThat(values(postgres, "SELECT count(*) FROM kept")).containsExactly("1000");

            postgres.restart();
            assertThat(values(postgres, "SELECT count(*) FROM kept")).containsExactly("1000");
            assertThat(postgres.log()).content().contains("automatic recovery in progress");
        }
    }

    @Test
    void aDataDirectoryOfTheCallerStays(@TempDir Path folder) {
        Options options = Options.defaults()
                .dataDirectory(folder.resolve("data"))
                .setting("shared_buffers", "32MB")
                .setting("application_name", "it's odd");
        try (AwaPostgres postgres = AwaPostgres.start(options)) {
            values(postgres, "CREATE TABLE kept AS SELECT 7 AS id");
        }
        try (AwaPostgres postgres = AwaPostgres.start(options)) {
            assertThat(values(postgres, "SELECT id FROM kept")).containsExactly("7");
        }
        assertThat(Files.exists(folder.resolve("data/PG_VERSION"))).isTrue();
    }

    @Test
    void nothingIsLeftOfAServerThatIsClosed() {
        AwaPostgres postgres = AwaPostgres.start(Options.defaults().setting("shared_buffers", "32MB"));
        long pid = postgres.pid();
        Path log = postgres.log();
        postgres.close();
        postgres.close();
        assertThat(Processes.runs(pid)).isFalse();
        assertThat(log.getParent()).doesNotExist();
    }

    /** Another process clears away servers whose owner file is not locked; a second server of this one must not unlock it. */
    @Test
    void aSecondServerLeavesTheFirstOneOwned() throws IOException {
        Path locks = Path.of("/proc/locks");
        assumeTrue(Files.isReadable(locks), "Linux only");
        Options options = Options.defaults().setting("shared_buffers", "32MB");
        try (AwaPostgres first = AwaPostgres.start(options)) {
            Path owner = first.log().resolveSibling("owner");
            String inode = ":" + Files.getAttribute(owner, "unix:ino") + " ";
            assertThat(locks).content().contains(inode);
            try (AwaPostgres second = AwaPostgres.start(options)) {
                assertThat(second.pid()).isNotEqualTo(first.pid());
                assertThat(locks).content().contains(inode);
            }
        }
    }

    @Test
    void aFailedStartSaysWhy() {
        Options options = Options.defaults().setting("shared_buffers", "nonsense");
        assertThatThrownBy(() -> AwaPostgres.start(options))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("nonsense");
    }

    @Test
    void anOlderPostgresStarts() {
        try (AwaPostgres postgres = AwaPostgres.start(
                Options.defaults().binaries(OlderPostgres.binaries()).setting("shared_buffers", "32MB"))) {
            assertThat(values(postgres, "SHOW server_version_num")).allMatch(version -> version.startsWith("16"));
            assertThat(values(postgres, "SHOW fsync")).containsExactly("on");
        }
    }

    private static List<String> values(AwaPostgres postgres, String sql) {
        return postgres.query(sql).collectList().blockOptional(PATIENCE).orElseThrow();
    }
}
