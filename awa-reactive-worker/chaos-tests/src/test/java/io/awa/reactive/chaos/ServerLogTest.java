package io.awa.reactive.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A log that has everything in it, as the server writes it with {@link ServerLog#PREFIX}. */
class ServerLogTest {

    private static final String AT = "2026-11-27 00:54:45.506 UTC [19771] ";

    @TempDir
    private Path folder;

    @Test
    void errorsAreTellApart() throws IOException {
        ServerLog log = read(
                AT + "00000  LOG:  database system is ready to accept connections",
                AT + "55P03 big3-1 promote ERROR:  canceling statement due to lock timeout",
                AT + "55P03 big3-1 promote STATEMENT:  SELECT * FROM promote_round($1) -- ERROR:  not one",
                AT + "40P01 big1-1 close big1-1 ERROR:  deadlock detected",
                AT + "53100 big1-1 close big1-1 ERROR:  " + Dial.MESSAGE,
                AT + "53100 big1-1 close big1-1 ERROR:  could not extend file",
                AT + "57P01 big1-1 claim hot FATAL:  terminating connection due to administrator command",
                AT + "57014 big1-1 close big1-1 ERROR:  canceling statement due to statement timeout",
                AT + "XX000  PANIC:  out of sorts",
                "\tERROR:  a line of a message of several");
        assertThat(log.contention()).hasSize(3);
        assertThat(log.unexpected())
                .extracting(line -> line.substring(AT.length()))
                .containsExactly(
                        "53100 big1-1 close big1-1 ERROR:  could not extend file", "XX000  PANIC:  out of sorts");
        assertThat(log.counts())
                .isEqualTo(Map.of(
                        "ERROR 55P03", 1,
                        "ERROR 40P01", 1,
                        "ERROR 57014", 1,
                        "ERROR 53100 injected", 1,
                        "ERROR 53100", 1,
                        "FATAL 57P01", 1,
                        "PANIC XX000", 1));
        assertThat(log.isClean()).isFalse();
    }

    @Test
    void faultsAloneLeaveItClean() throws IOException {
        assertThat(read(
                                AT + "53100 big1-1 close big1-1 ERROR:  " + Dial.MESSAGE,
                                AT
                                        + "57P01 big1-1 claim hot FATAL:  terminating connection due to administrator command",
                                AT + "57014 big1-1 observe ERROR:  canceling statement due to statement timeout",
                                AT + "57014  ERROR:  canceling autovacuum task")
                        .isClean())
                .isTrue();
    }

    private ServerLog read(String... lines) throws IOException {
        return ServerLog.of(Files.write(folder.resolve("server.log"), List.of(lines)));
    }
}
