package io.awa.reactive.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What a long-horizon run was to show, and whether it did. */
final class Verdict {

    private static final double RATE = 0.95;
    private static final double SLOWER = 1.2;
    private static final int DEAD_PER_MINUTE = 50;

    private final List<Check> checks = new ArrayList<>();

    /**
     * One line of it.
     *
     * @param name     what was looked at
     * @param measured what came out
     * @param wanted   what was to come out
     * @param held     whether it did
     */
    record Check(String name, String measured, String wanted, boolean held) {}

    static Verdict of(
            int rate, Phase clean, Phase pinned, Phase recovery, long deadOfJobTables, LockWatch.Waits waits) {
        Verdict verdict = new Verdict();
        double least = Math.min(pinned.enqueuedPerSecond(), pinned.completedPerSecond());
        verdict.add(
                "rate while pinned",
                String.format(
                        Locale.ROOT,
                        "%,.1f/s in, %,.1f/s done",
                        pinned.enqueuedPerSecond(),
                        pinned.completedPerSecond()),
                String.format(Locale.ROOT, "within 5 %% of %,d/s", rate),
                least >= RATE * rate);
        verdict.add(
                "p99 while pinned",
                String.format(Locale.ROOT, "%.2f times clean", pinned.p99() / clean.p99()),
                "at most 1.2 times",
                pinned.p99() <= SLOWER * clean.p99());
        verdict.add(
                "p99 of plain jobs",
                String.format(Locale.ROOT, "%.2f times clean", pinned.plainP99() / clean.plainP99()),
                "at most 1.2 times",
                pinned.plainP99() <= SLOWER * clean.plainP99());
        long bound = 2 * clean.lateDepth() + rate;
        verdict.add(
                "depth at the end of pinned",
                String.format(Locale.ROOT, "%,d (most: %,d)", pinned.lateDepth(), pinned.deepest()),
                String.format(Locale.ROOT, "at most %,d", bound),
                pinned.lateDepth() <= bound);
        verdict.add(
                "dead tuples a pinned minute",
                String.format(Locale.ROOT, "%.1f", pinned.deadPerMinute()),
                "at most " + DEAD_PER_MINUTE,
                pinned.deadPerMinute() <= DEAD_PER_MINUTE);
        verdict.add(
                "dead tuples of job tables",
                String.format(Locale.ROOT, "%,d", deadOfJobTables),
                "0: independent of the rate",
                deadOfJobTables == 0);
        verdict.add(
                "relation waits by maintenance",
                String.format(Locale.ROOT, "%d in %,d looks", waits.byMaintenance(), waits.looks()),
                "0",
                waits.byMaintenance() == 0);
        verdict.add(
                "depth after recovery",
                String.format(Locale.ROOT, "%,d", recovery.lateDepth()),
                String.format(Locale.ROOT, "at most %,d", bound),
                recovery.lateDepth() <= bound);
        return verdict;
    }

    void add(String name, String measured, String wanted, boolean held) {
        checks.add(new Check(name, measured, wanted, held));
    }

    void add(Check check) {
        checks.add(check);
    }

    List<Check> checks() {
        return List.copyOf(checks);
    }

    boolean passed() {
        return checks.stream().allMatch(Check::held);
    }

    /** pass, or what fell short. */
    String text() {
        List<String> missed = checks.stream()
                .filter(check -> !check.held())
                .map(check -> check.name() + " " + check.measured() + ", wanted " + check.wanted())
                .toList();
        return missed.isEmpty() ? "pass" : "fell short: " + String.join("; ", missed);
    }
}
