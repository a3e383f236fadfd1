package io.awa.reactive.benchmarks;

import java.time.Duration;
import java.util.Locale;

/** The server stands still under load, goes on, and the load with it. */
final class Thaw {

    private static final double BACK = 0.8;
    private static final Duration WINDOW = Duration.ofSeconds(1);

    private Thaw() {}

    static Verdict.Check of(Bench bench, Options options, Overload.Load load, OverloadFates fates, Report report) {
        Duration time = Duration.ofSeconds(options.overload.freeze);
        bench.say("the server stands still for %d s", time.toSeconds());
        Freezer.freeze(bench.postmaster(), time);
        long thawed = System.nanoTime();
        double recovery = recovery(options.overload.after, load.doneRate(), fates, thawed);
        bench.say("back at %.0f %% of the rate after %.1f s", BACK * 100, recovery);
        long left = options.overload.after - Math.round((System.nanoTime() - thawed) / 1e9);
        load.watch((int) Math.max(1, left), false);
        report.put("freeze_s", time.toSeconds()).put("recovery_s", recovery).put("depth_max_after", load.deepest());
        return new Verdict.Check(
                "recovery",
                String.format(Locale.ROOT, "%.1f s", recovery),
                "back at 80 % of the rate within " + options.overload.after + " s",
                !Double.isNaN(recovery));
    }

    private static double recovery(int limit, double before, OverloadFates fates, long thawed) {
        long deadline = thawed + Duration.ofSeconds(limit).toNanos();
        while (System.nanoTime() < deadline) {
            long from = System.nanoTime();
            long done = fates.done();
            Pause.of(WINDOW);
            double rate = (fates.done() - done) * 1e9 / (System.nanoTime() - from);
            if (rate >= BACK * before) {
                return (from - thawed) / 1e9;
            }
        }
        return Double.NaN;
    }
}
