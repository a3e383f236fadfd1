package io.awa.reactive.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/** What a long-horizon run leaves behind: all figures as JSON, its samples as CSV, and a page to look at. */
final class HorizonFiles {

    private HorizonFiles() {}

    static void write(Path folder, Report report, List<Sample> samples, Verdict verdict, List<Phase> phases) {
        List<Report> rows = samples.stream().map(Sample::tell).toList();
        Report full = new Report();
        report.fields().forEach(full::put);
        full.put("samples", rows.stream().map(Report::fields).toList());
        try {
            Files.createDirectories(folder);
            Files.writeString(folder.resolve("report.json"), full.json() + "\n");
            Files.writeString(folder.resolve("report.csv"), csv(rows));
            Files.writeString(folder.resolve("report.html"), new HorizonPage(report, samples, verdict, phases).html());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String csv(List<Report> rows) {
        if (rows.isEmpty()) {
            return "";
        }
        String head = String.join(",", rows.get(0).fields().keySet()) + "\n";
        return rows.stream()
                .map(row -> row.fields().values().stream()
                        .map(value -> value == null ? "" : value.toString())
                        .collect(Collectors.joining(",")))
                .collect(Collectors.joining("\n", head, "\n"));
    }
}
