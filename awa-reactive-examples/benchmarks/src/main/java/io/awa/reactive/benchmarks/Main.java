package io.awa.reactive.benchmarks;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine;

/** Entry point: one scenario, progress on the standard error stream, one JSON object on the standard output. */
public final class Main {

    private Main() {}

    /**
     * Runs the program and ends the process: 0 when measured, 1 when that failed, 2 for a command line that is refused.
     *
     * @param args the command line
     */
    public static void main(String[] args) {
        PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
        PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
        System.exit(run(out, err, args));
    }

    static int run(PrintWriter out, PrintWriter err, String... args) {
        return new CommandLine(new BenchmarkCommand(out, err))
                .setOut(out)
                .setErr(err)
                .setParameterExceptionHandler((refused, line) -> {
                    err.println("awa-benchmarks: " + refused.getMessage() + " (--help says more)");
                    return CommandLine.ExitCode.USAGE;
                })
                .execute(args);
    }
}
