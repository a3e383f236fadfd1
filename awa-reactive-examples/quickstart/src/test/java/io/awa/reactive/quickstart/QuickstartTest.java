package io.awa.reactive.quickstart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The program as a person's shell sees it: a process without a terminal. */
@Timeout(120)
class QuickstartTest {

    private static final int SIGTERM = 128 + 15;
    private static final Pattern PORT = Pattern.compile("at postgresql://\\S+:(\\d+)/");

    private final List<Process> started = new ArrayList<>();

    @AfterEach
    void endWhatATestLeft() {
        started.forEach(Process::destroyForcibly);
    }

    @Test
    void endsByItselfAndLosesNothing() throws Exception {
        Process process = start("--seconds=3", "--rate=300");
        List<String> output = process.inputReader().lines().toList();

        assertThat(process.waitFor()).isZero();
        assertSound(output);
        assertThat(row(output, "enqueued")).isPositive();
        assertThat(row(output, "done") + row(output, "failed")).isEqualTo(row(output, "enqueued"));
        assertThat(output).anyMatch(line -> line.contains("WAL ") && line.endsWith(" a job"));
        assertThat(output).anyMatch(line -> line.contains("PostgreSQL 1"));
        assertStopped(output);
    }

    @Test
    void drainsWhenTerminated() throws Exception {
        Process process = start("--forever", "--rate=300");
        List<String> output = new ArrayList<>();
        BufferedReader reader = process.inputReader();
        do {
            output.add(reader.readLine());
        } while (!last(output).contains(" p99 ") || last(output).contains(" ended 0 "));
        process.toHandle().destroy();
        output.addAll(reader.lines().toList());

        assertThat(process.waitFor()).isEqualTo(SIGTERM);
        assertSound(output);
        assertThat(row(output, "done")).isPositive();
        assertStopped(output);
    }

    @Test
    void terminatedBeforeItsServerIsUpItEndsAsWell() throws Exception {
        Process process = start("--forever");
        List<String> output = new ArrayList<>();
        BufferedReader reader = process.inputReader();
        output.add(reader.readLine());
        process.toHandle().destroy();
        output.addAll(reader.lines().toList());

        assertThat(process.waitFor()).isEqualTo(SIGTERM);
        assertSound(output);
    }

    @Test
    void saysWhichOptionIsWrong() throws Exception {
        Process process = start("--rate=0");
        List<String> output = process.inputReader().lines().toList();

        assertThat(process.waitFor()).isEqualTo(2);
        assertThat(output.get(0)).isEqualTo("rate is a number from 1 to 50000, not 0");
        assertThat(output).anyMatch(line -> line.contains("--seconds=N"));
    }

    private Process start(String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                ProcessHandle.current().info().command().orElse("java"),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                Quickstart.class.getName()));
        Stream.of(arguments).forEach(command::add);
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        started.add(process);
        return process;
    }

    private static void assertSound(List<String> output) {
        String text = String.join("\n", output);
        assertThat(row(output, "lost")).as(text).isZero();
        assertThat(row(output, "duplicates")).as(text).isZero();
        assertThat(text).contains(" 0 receipts sent").contains("all of them on purpose");
        // Neither escape codes nor a stack trace nor a warning of the library.
        assertThat(text).doesNotContain("\u001b", "Exception: ", "\tat ", "WARN", "ERROR");
    }

    private static void assertStopped(List<String> output) {
        Matcher port = PORT.matcher(String.join("\n", output));
        assertThat(port.find()).isTrue();
        assertThatThrownBy(() -> new Socket(InetAddress.getLoopbackAddress(), Integer.parseInt(port.group(1))).close())
                .isInstanceOf(ConnectException.class);
    }

    private static String last(List<String> lines) {
        return lines.get(lines.size() - 1);
    }

    /** The number in a row of the summary. */
    private static long row(List<String> output, String label) {
        return output.stream()
                .map(line ->
                        Pattern.compile("^ " + label + " +([0-9,]+)(?: .*)?$").matcher(line))
                .filter(Matcher::matches)
                .mapToLong(found -> Long.parseLong(found.group(1).replace(",", "")))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no row " + label + " in\n" + String.join("\n", output)));
    }
}
