package io.awa.reactive.benchmarks;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/** A long-horizon run on one page: the verdict, the phases side by side, plots, and where tuples died. */
final class HorizonPage {

    private static final double MIB = 1024.0 * 1024;

    private final Report report;
    private final List<Sample> samples;
    private final Verdict verdict;
    private final List<Phase> phases;

    HorizonPage(Report report, List<Sample> samples, Verdict verdict, List<Phase> phases) {
        this.report = report;
        this.samples = samples;
        this.verdict = verdict;
        this.phases = phases;
    }

    String html() throws IOException {
        Map<String, String> parts = Map.of(
                "title", String.format(Locale.ROOT, "Horizon, %,d jobs a second", rate()),
                "lead", lead(),
                "badge",
                        verdict.passed()
                                ? "<span class='badge good'>holds</span>"
                                : "<span class='badge bad'>falls short</span>",
                "checks", checks(),
                "phases", phaseTable(),
                "charts", charts(),
                "dead", deadTable(),
                "signals", signalTable(),
                "facts", facts());
        String page;
        try (InputStream in = Objects.requireNonNull(HorizonPage.class.getResourceAsStream("horizon.html"))) {
            page = new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
        for (Map.Entry<String, String> part : parts.entrySet()) {
            page = page.replace("{{" + part.getKey() + "}}", part.getValue());
        }
        return page;
    }

    private int rate() {
        return ((Number) Objects.requireNonNull(report.fields().get("rate"))).intValue();
    }

    private String lead() {
        Phase pinned = phases.get(2);
        return Html.text(String.format(
                Locale.ROOT,
                "%,d jobs offered a second, open loop, for %s with a transaction that keeps its snapshot and %d tables"
                        + " read. Every job is followed from the moment it was due at its producer to its durable end.",
                rate(),
                duration(pinned.minutes()),
                ((List<?>) Objects.requireNonNull(report.fields().get("pinned_locks"))).size()));
    }

    private static String duration(double minutes) {
        return minutes < 2
                ? String.format(Locale.ROOT, "%.0f seconds", minutes * 60)
                : String.format(Locale.ROOT, "%.0f minutes", minutes);
    }

    private String checks() {
        StringBuilder rows = new StringBuilder();
        for (Verdict.Check check : verdict.checks()) {
            row(
                    rows,
                    check.held() ? "<i class='yes'>✓</i>" : "<i class='no'>✗</i>",
                    Html.text(check.name()),
                    "<b>" + Html.text(check.measured()) + "</b>",
                    "<span class='muted'>" + Html.text(check.wanted()) + "</span>");
        }
        return rows.toString();
    }

    private String phaseTable() {
        StringBuilder rows = new StringBuilder();
        for (Phase phase : phases) {
            row(
                    rows,
                    "<b>" + Html.text(phase.name()) + "</b>",
                    Html.number(phase.minutes()),
                    Html.number(phase.enqueuedPerSecond()),
                    Html.number(phase.completedPerSecond()),
                    Html.number(phase.p50()),
                    Html.number(phase.p99()),
                    Html.number(phase.plainP99()),
                    Html.number(phase.deepest()),
                    Html.number(phase.deadTuples()),
                    Html.number(phase.deadPerMinute()),
                    phase.rotations() + " / " + phase.pruned());
        }
        return rows.toString();
    }

    private String charts() {
        List<Chart.Band> bands = bands();
        List<Chart> all = List.of(
                new Chart("Rate", "jobs/s", "Stored, and ended for good.", samples)
                        .line("enqueued", Sample::enqueuedPerS)
                        .line("completed", Sample::completedPerS),
                new Chart(
                                "Latency",
                                "ms, each step ten times",
                                "From due at the producer to the durable end, less what the job's own life was meant to take.",
                                samples)
                        .line("p50", Sample::p50)
                        .line("p99", Sample::p99)
                        .line("p99 of plain jobs", Sample::plainP99)
                        .logarithmic(),
                new Chart("Depth", "jobs waiting", "As the database counts them, at the end of each sample.", samples)
                        .line("depth", Sample::depth),
                new Chart(
                                "Dead tuples",
                                "in the last minute",
                                "Of all tables of the database, catalogue and TOAST included; the dashes are the budget of 50.",
                                samples)
                        .line("all", s -> lastMinute(s, Sample::dead))
                        .line("catalogue", s -> lastMinute(s, Sample::deadCatalog))
                        .line("job tables", s -> lastMinute(s, Sample::deadJobTables))
                        .mark(50),
                new Chart("Horizon", "seconds", "Age of the transaction with the oldest snapshot.", samples)
                        .line("oldest snapshot", s -> s.server().snapshotAge()),
                new Chart("Horizon", "transactions", "How many began since the oldest snapshot.", samples)
                        .line("xmin age", s -> s.server().xminAge()),
                new Chart("WAL", "MiB/s", "Bodies and all the rest.", samples).line("wal", s -> s.walPerS() / MIB),
                new Chart(
                                "Size of the database",
                                "MiB",
                                "Segments kept for their retention, and what is pinned.",
                                samples)
                        .line("size", s -> s.server().databaseBytes() / MIB),
                new Chart("Rings", "children", "Segments and stores that are in use.", samples)
                        .line("segments", s -> s.server().segments())
                        .line("stores", s -> s.server().stores()),
                new Chart("Turning", "since the beginning", "Rotated, and given back to the disk.", samples)
                        .line("segments rotated", s -> s.server().rotations() - 1)
                        .line("segments given back", s -> s.server().pruned())
                        .line("stores given back", s -> s.server().storesPruned()),
                new Chart(
                                "Signals of maintenance",
                                "in each sample",
                                "Steps that did something, or were refused.",
                                samples)
                        .line("given back", s -> s.signals(" Pruned"))
                        .line("blocked", s -> s.signals(" Blocked"))
                        .line("still active", s -> s.signals(" SkippedActive")),
                new Chart("Waits for a relation", "in each sample", "Seen by looking every 5 ms.", samples)
                        .line("all", Sample::relationWaits)
                        .line("caused by maintenance", Sample::byMaintenance),
                new Chart("Other lock waits", "in each sample", "Rows, transactions, advisory locks.", samples)
                        .line("waits", Sample::otherWaits));
        StringBuilder text = new StringBuilder();
        all.forEach(chart -> text.append(chart.html(bands)).append('\n'));
        return text.toString();
    }

    // Over the last minute of the same phase: what maintenance does comes in lumps.
    private double lastMinute(Sample sample, ToLongFunction<Sample> count) {
        long n = 0;
        double since = sample.at();
        for (int i = samples.indexOf(sample); i >= 0 && samples.get(i).phase().equals(sample.phase()); i--) {
            if (sample.at() - samples.get(i).at() > 59.5) {
                break;
            }
            n += count.applyAsLong(samples.get(i));
            since = i == 0 ? 0 : samples.get(i - 1).at();
        }
        return n * 60.0 / Math.max(1e-3, sample.at() - since);
    }

    private List<Chart.Band> bands() {
        List<Chart.Band> bands = new ArrayList<>();
        double from = 0;
        for (Phase phase : phases) {
            double to = samples.stream()
                    .filter(sample -> sample.phase().equals(phase.name()))
                    .mapToDouble(Sample::at)
                    .max()
                    .orElse(from);
            if (to > from) {
                bands.add(new Chart.Band(phase.name(), from, to, phase.name()));
            }
            from = to;
        }
        return bands;
    }

    private String signalTable() {
        return byPhase(Phase::signals, false);
    }

    private String deadTable() {
        return byPhase(Phase::dead, true);
    }

    private String byPhase(Function<Phase, Map<String, Long>> counts, boolean byMinute) {
        Map<Long, TreeSet<String>> byWeight = new TreeMap<>();
        for (Phase phase : phases) {
            phase.dead()
                    .keySet()
                    .forEach(name -> byWeight.computeIfAbsent(
                                    -phases.stream()
                                            .mapToLong(p -> counts.apply(p).getOrDefault(name, 0L))
                                            .sum(),
                                    w -> new TreeSet<>())
                            .add(name));
        }
        StringBuilder rows = new StringBuilder();
        byWeight.values()
                .forEach(names -> names.forEach(name -> {
                    List<String> cells = new ArrayList<>();
                    cells.add(Html.text(name));
                    for (Phase phase : phases) {
                        long n = counts.apply(phase).getOrDefault(name, 0L);
                        cells.add(n == 0 ? "<span class='muted'>0</span>" : Long.toString(n));
                        if (byMinute && phase.name().equals("pinned")) {
                            cells.add(Html.number(n / Math.max(1e-3, phase.minutes())));
                        }
                    }
                    row(rows, cells.toArray(String[]::new));
                }));
        return rows.toString();
    }

    private String facts() {
        StringBuilder rows = new StringBuilder();
        for (String name : List.of(
                "machine",
                "server",
                "options",
                "settings",
                "shares",
                "enqueued",
                "completed",
                "failed",
                "detours",
                "lost",
                "duplicates",
                "ended_twice",
                "stale",
                "dead_tuples_counted_before",
                "dead_tuples_counted_after",
                "lock_waits",
                "looks_for_waits",
                "pinned_locks",
                "lock_waits_seen")) {
            Object value = report.fields().get(name);
            String shown = value instanceof Map<?, ?> map
                    ? String.join(
                            ", ",
                            map.entrySet().stream()
                                    .map(e -> e.getKey() + " " + e.getValue())
                                    .toList())
                    : String.valueOf(value);
            row(rows, Html.text(name.replace('_', ' ')), Html.text(shown));
        }
        return rows.toString();
    }

    private static void row(StringBuilder to, String... cells) {
        to.append("<tr>");
        for (String cell : cells) {
            to.append("<td>").append(cell).append("</td>");
        }
        to.append("</tr>\n");
    }
}
