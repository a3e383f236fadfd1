package io.awa.reactive.benchmarks;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * What each feature costs a job: producers and workers at once, with nothing, with one feature, with all of them. Rounds are
 * interleaved, each the other way round than the one before; the first does not count. A feature is compared with the bare
 * queue of its own round, and the median over rounds is told, so that what the machine does besides counts little.
 */
final class Overhead implements Scenario {

    private static final int SECONDS = 5;
    private static final int WARMUP = 2;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @Override
    public void run(Bench bench, Report report) {
        Map<String, Supplier<Feature>> features = features(bench.options().overhead.only);
        Map<String, List<Run>> runs = new LinkedHashMap<>();
        List<String> order = new ArrayList<>(features.keySet());
        for (int round = 0; round <= bench.options().overhead.rounds; round++) {
            Map<String, Run> found = new HashMap<>();
            for (String name : order) {
                found.put(
                        name,
                        measure(
                                bench,
                                Objects.requireNonNull(features.get(name)).get()));
                bench.say(
                        "round %d  %-12s %,9.0f jobs/s  %6.2f us CPU a job",
                        round,
                        name,
                        found.get(name).jobsPerSecond(),
                        found.get(name).cpuMicros());
            }
            if (round > 0) {
                found.forEach((name, run) ->
                        runs.computeIfAbsent(name, n -> new ArrayList<>()).add(run));
            }
            Collections.reverse(order);
        }
        Map<String, @Nullable Object> table = new LinkedHashMap<>();
        features.keySet().forEach(name -> table.put(name, row(runs, name)));
        report.put("rounds", bench.options().overhead.rounds).put("features", table);
        report.put("lost", total(runs, Run::lost)).put("duplicates", total(runs, Run::duplicates));
        if (runs.containsKey(Feature.EVERYTHING)) {
            report.put("everything_ratio", ratio(runs, Feature.EVERYTHING));
        }
    }

    private static Map<String, Supplier<Feature>> features(List<String> only) {
        Map<String, Supplier<Feature>> all = Feature.all();
        if (!only.isEmpty()) {
            all.keySet().removeIf(name -> !only.contains(name) && !name.equals(Feature.BARE));
        }
        return all;
    }

    private static Run measure(Bench bench, Feature feature) {
        Options options = bench.options();
        Ledger ledger = new Ledger();
        try (Stage stage = bench.stage(feature.awa());
                StreamProducers producers =
                        new StreamProducers(stage, options, options.depthMark(), ledger, feature.job())) {
            Pause.until(() -> ledger.begun() >= options.depthMark() / 2, ledger::begun, PATIENCE);
            Report report = new Report();
            try (Crew crew = Crew.start(stage, options, ledger, feature.worker())) {
                feature.watch().accept(crew.worker());
                Pause.of(Duration.ofSeconds(options.warmup(WARMUP)));
                Point from = Point.now(bench, crew.stats(), ledger);
                Pause.of(Duration.ofSeconds(options.seconds(SECONDS)));
                Point.now(bench, crew.stats(), ledger).since(from, report);
                producers.finish(PATIENCE);
                Pause.until(() -> ledger.completedCount() >= ledger.enqueuedCount(), ledger::completedCount, PATIENCE);
            }
            return new Run(
                    number(report, "jobs_per_s"),
                    number(report, "jvm_cpu_us_per_job"),
                    number(report, "postgres_cpu_us_per_job"),
                    number(report, "wal_bytes_per_job"),
                    extras(bench.probe(), stage.schema()),
                    ledger.enqueuedCount() - ledger.completedCount(),
                    ledger.duplicates());
        }
    }

    /** What each job carries beside its arguments, in bytes: read from the stored jobs, so the same in every run. */
    private static double extras(Probe probe, String schema) {
        long children = probe.number("SELECT value::int FROM \"" + schema + "\".settings WHERE key = 'children'");
        String jobs = LongStream.range(0, children)
                .mapToObj(child -> "SELECT extras FROM \"" + schema + "\".jobs_" + child)
                .collect(Collectors.joining(" UNION ALL "));
        return (double) Objects.requireNonNull(
                probe.rows("SELECT coalesce(avg(coalesce(octet_length(extras::text), 0)), 0)::float8 FROM (" + jobs
                                + ") j")
                        .get(0)
                        .get(0));
    }

    private static double number(Report report, String name) {
        return report.fields().get(name) instanceof Number number ? number.doubleValue() : Double.NaN;
    }

    private static Map<String, @Nullable Object> row(Map<String, List<Run>> runs, String name) {
        return new Report()
                .put("jobs_per_s", median(runs, name, Run::jobsPerSecond))
                .put("ratio", ratio(runs, name))
                .put("cpu_ratio", 1 / median(against(runs, name, Run::cpuMicros)))
                .put("jvm_cpu_us_per_job", median(runs, name, Run::jvmMicros))
                .put("postgres_cpu_us_per_job", median(runs, name, Run::postgresMicros))
                .put("extra_jvm_us", median(more(runs, name, Run::jvmMicros)))
                .put("extra_postgres_us", median(more(runs, name, Run::postgresMicros)))
                .put("wal_bytes_per_job", median(runs, name, Run::walBytes))
                .put("extras_bytes_per_job", median(runs, name, Run::extrasBytes))
                .fields();
    }

    private static double ratio(Map<String, List<Run>> runs, String name) {
        return median(against(runs, name, Run::jobsPerSecond));
    }

    private static List<Double> against(Map<String, List<Run>> runs, String name, Function<Run, Double> figure) {
        return pairs(runs, name, figure, true);
    }

    private static List<Double> more(Map<String, List<Run>> runs, String name, Function<Run, Double> figure) {
        return pairs(runs, name, figure, false);
    }

    private static List<Double> pairs(
            Map<String, List<Run>> runs, String name, Function<Run, Double> figure, boolean divide) {
        List<Run> bare = Objects.requireNonNull(runs.get(Feature.BARE));
        List<Run> some = Objects.requireNonNull(runs.get(name));
        List<Double> all = new ArrayList<>();
        for (int i = 0; i < bare.size(); i++) {
            double one = figure.apply(some.get(i));
            double other = figure.apply(bare.get(i));
            all.add(divide ? one / other : one - other);
        }
        return all;
    }

    private static double median(Map<String, List<Run>> runs, String name, Function<Run, Double> figure) {
        return median(
                Objects.requireNonNull(runs.get(name)).stream().map(figure).toList());
    }

    private static double median(List<Double> values) {
        List<Double> sorted = values.stream().sorted().toList();
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }

    private static long total(Map<String, List<Run>> runs, Function<Run, Long> figure) {
        return runs.values().stream()
                .flatMap(List::stream)
                .mapToLong(figure::apply)
                .sum();
    }

    /**
     * One measurement.
     *
     * @param jobsPerSecond  completed
     * @param jvmMicros      processor time of this process a job
     * @param postgresMicros that of the server's processes
     * @param walBytes       a job
     * @param extrasBytes    stored with a job beside its arguments
     * @param lost           enqueued and not completed
     * @param duplicates     done once more
     */
    private record Run(
            double jobsPerSecond,
            double jvmMicros,
            double postgresMicros,
            double walBytes,
            double extrasBytes,
            long lost,
            long duplicates) {

        double cpuMicros() {
            return jvmMicros + postgresMicros;
        }
    }
}
