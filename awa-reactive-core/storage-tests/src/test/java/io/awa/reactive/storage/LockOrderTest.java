package io.awa.reactive.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.model.Models;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The locks of each step, their modes and their order are those of {@code docs/model/LockTable.tla}, so what TLC proves
 * about the table is about the SQL. What was measured is left in {@code target/LockTable.tla}.
 */
@Tag("model")
class LockOrderTest extends StorageTest {

    private static final String HEAD = "Steps == [\n";
    private static final String FOOT = "]\n" + "=".repeat(77) + "\n";
    private static final int WIDTH = 110;

    @Test
    void theTableIsWhatTheServerSays() throws IOException {
        Acts acts = Acts.on(a);
        Locks locks = new Locks(schema(), a, b, c, acts);
        String measured = acts.all().values().stream()
                .map(act -> "  " + act.name() + " |-> " + wrapped(locks.of(act)))
                .collect(Collectors.joining(",\n"));

        Path table = Models.folder().resolve("LockTable.tla");
        String written = Files.readString(table);
        String whole = written.substring(0, written.indexOf(HEAD)) + HEAD + measured + FOOT;
        Files.writeString(Path.of("target", "LockTable.tla"), whole);
        assertThat(written).isEqualTo(whole);
    }

    private static String wrapped(List<Locks.Request> requests) {
        StringBuilder text = new StringBuilder("<<");
        int line = 0;
        for (int i = 0; i < requests.size(); i++) {
            String one = requests.get(i) + (i + 1 < requests.size() ? ", " : "");
            if (text.length() - line + one.length() > WIDTH) {
                text.append("\n    ");
                line = text.length();
            }
            text.append(one);
        }
        return text.append(">>").toString().replace(", \n", ",\n");
    }
}
