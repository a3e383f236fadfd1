package io.awa.reactive.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The table of docs/concepts/state-machine.md: every action in every state, as it says. */
class StateMachineTest extends StorageTest {

    private static final List<String> ACTIONS =
            List.of("cancel", "retry", "retry later", "delete", "move", "bury", "exhume");

    static Stream<List<String>> rows() throws IOException {
        List<List<String>> table = table("| From |");
        assertThat(table.get(0).subList(1, table.get(0).size())).isEqualTo(ACTIONS);
        return table.subList(2, table.size()).stream();
    }

    /** The table of the document whose head begins so, by rows and cells; the second row is the line below the head. */
    static List<List<String>> table(String head) throws IOException {
        Path document = Path.of("docs/concepts/state-machine.md");
        Path base = Path.of("").toAbsolutePath();
        while (!Files.exists(base.resolve(document))) {
            base = base.getParent();
        }
        return Files.readAllLines(base.resolve(document)).stream()
                .dropWhile(line -> !line.startsWith(head))
                .takeWhile(line -> line.startsWith("|"))
                .map(line -> Arrays.stream(line.substring(1, line.length() - 1).split("\\|"))
                        .map(String::strip)
                        .toList())
                .toList();
    }

    @ParameterizedTest
    @MethodSource("rows")
    void actions(List<String> row) {
        String from = row.get(0);
        for (int i = 0; i < ACTIONS.size(); i++) {
            check(from, ACTIONS.get(i), row.get(i + 1), Life.in(a, "q" + i));
        }
        Life.endAll(a);
    }

    private void check(String from, String action, String expected, Life life) {
        long id = life.job(from);
        String known = from.replaceFirst(",.*", "").replace("deleted", "unknown");
        assertThat(Life.state(a, id)).as("built %s", from).isEqualTo(known);
        long errors = errors(id);
        String options = switch (action) {
            case "retry later" -> "{\"delay_ms\":60000}";
            case "move" -> "{\"queue\":\"elsewhere\",\"priority\":3}";
            default -> "{\"reason\":\"somebody said so\"}";
        };

        Row answer = a.row(Life.call(action.replace(" later", ""), options, id));

        String told = expected.equals("refused") || expected.equals("unknown") ? expected : "done";
        assertThat(answer.text("result")).as("%s of %s", action, from).isEqualTo(told);
        if (!told.equals("unknown")) {
            assertThat(answer.text("state")).as("told of %s", from).isEqualTo(known);
        }
        String after = told.equals("refused") ? known : expected.replace("deleted", "unknown");
        assertThat(Life.state(a, id)).as("%s of %s", action, from).isEqualTo(after);
        Life.checkPlaces(a, id);
        if (after.equals("unknown")) {
            return;
        }
        if (told.equals("done")) {
            kept(id, action, errors);
        }
    }

    private void kept(long id, String action, long errors) {
        Row job = a.row("select * from job(" + id + ")");
        assertThat(errors(id)).as("errors kept").isEqualTo(errors);
        if (action.equals("move")) {
            assertThat(job.text("queue")).isEqualTo("elsewhere");
            assertThat(job.number("priority")).isEqualTo(3);
        }
        if (action.equals("cancel") || action.equals("bury")) {
            assertThat(job.text("reason")).isEqualTo("somebody said so");
        }
    }

    private long errors(long id) {
        return a.number(
                "select coalesce((select jsonb_array_length(j.extras::jsonb -> 'errors') from job(" + id + ") j), 0)");
    }
}
