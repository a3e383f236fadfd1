package io.awa.reactive.benchmarks;

import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.json.JsonMapper;

/** Another JVM with this program's classes. Its orders come as a line of JSON: no password stands in a command line. */
final class Child {

    private Child() {}

    /** @param flags of the JVM */
    static Process start(Class<?> main, Object orders, String... flags) {
        String paths = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(flags));
        command.addAll(List.of("-cp", paths, main.getName()));
        try {
            Process process =
                    new ProcessBuilder(command).redirectError(Redirect.INHERIT).start();
            Writer input = new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8);
            input.write(JsonMapper.shared().writeValueAsString(orders) + "\n");
            input.flush();
            return process;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
