package io.awa.reactive.benchmarks;

import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The command line. */
@Command(
        name = "awa-benchmarks",
        sortOptions = false,
        description = "Measures the queue: progress on stderr, one JSON object on stdout.")
final class BenchmarkCommand implements Callable<Integer> {

    private final PrintWriter out;
    private final PrintWriter err;

    @Spec
    private @Nullable CommandSpec spec;

    @Parameters(
            paramLabel = "SCENARIO",
            completionCandidates = Names.class,
            description = "One of: ${COMPLETION-CANDIDATES}.")
    private String scenario = "";

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Say this.")
    private boolean help;

    @Option(names = "--json", paramLabel = "FILE", description = "Also write the JSON object there.")
    private @Nullable Path json;

    @Mixin
    private Options options = new Options();

    BenchmarkCommand(PrintWriter out, PrintWriter err) {
        this.out = out;
        this.err = err;
    }

    @Override
    public Integer call() throws Exception {
        Scenario found = Scenario.ALL.get(scenario);
        if (found == null) {
            throw refused(
                    "unknown scenario '" + scenario + "'; there are: " + String.join(", ", Scenario.ALL.keySet()));
        }
        String trouble = options.trouble();
        if (trouble != null) {
            throw refused(trouble);
        }
        Report report = new Report().put("scenario", scenario).put("options", options.describe());
        try (Bench bench = Bench.open(options, err)) {
            report.put("machine", Machine.describe()).put("server", bench.server());
            found.run(bench, report);
        }
        String text = report.json();
        out.println(text);
        out.flush();
        if (json != null) {
            Files.writeString(json, text + System.lineSeparator());
        }
        return CommandLine.ExitCode.OK;
    }

    private ParameterException refused(String message) {
        return new ParameterException(Objects.requireNonNull(spec).commandLine(), message);
    }

    /** The scenarios' names, for the help. */
    private static final class Names implements Iterable<String> {

        @Override
        public Iterator<String> iterator() {
            return Scenario.ALL.keySet().iterator();
        }
    }
}
