package io.awa.reactive.quickstart;

import io.awa.reactive.engine.Segment;
import io.awa.reactive.quickstart.Ink.Style;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** Draws a frame: at most 22 lines of 78 columns. Pure: the same snapshot gives the same lines. */
final class Picture {

    static final int WIDTH = 78;

    private static final int BAR = 32;
    private static final double LEAST_FULL_BAR = 100;

    private final Ink ink;

    Picture(Ink ink) {
        this.ink = ink;
    }

    List<String> draw(Snapshot s) {
        // A full bar is the highest backlog in sight, so that a handful of jobs does not look like a flood.
        double full = Math.max(LEAST_FULL_BAR, Math.max(s.waiting(), Collections.max(s.backlog())));
        return Stream.of(
                        List.of(title(s), progress(s), blank()),
                        figures(s),
                        List.of(blank(), spark("done/s", s.throughput(), Style.GOOD), waiting(s), blank()),
                        List.of(latencyHead(), latency("until claimed", s.toClaim()), latency("until done", s.toEnd())),
                        List.of(blank(), lanesHead()),
                        s.lanes().stream().map(lane -> lane(lane, full)).toList(),
                        List.of(blank(), segments(s), failure(s), hint(s)))
                .flatMap(List::stream)
                .map(Line::toString)
                .toList();
    }

    private Line title(Snapshot s) {
        String time = s.settings().forever()
                ? Numbers.seconds(s.seconds())
                : Numbers.seconds(Math.min(s.seconds(), s.settings().seconds())) + " of "
                        + s.settings().seconds() + " s";
        String state = switch (s.phase()) {
            case RUNNING -> "running  " + time;
            case FINISHING -> "finishing what is queued";
            case DRAINING -> "draining";
            case OVER -> "done in " + Numbers.seconds(s.seconds());
        };
        Style style = s.phase() == Demo.Phase.RUNNING || s.phase() == Demo.Phase.OVER ? Style.GOOD : Style.WARM;
        return line().put(Style.STRONG, "awa-reactive")
                .put(Style.FAINT, " " + ink.middot() + " jobs in PostgreSQL " + s.version())
                .endingAt(WIDTH, style, ink.dot() + " " + state);
    }

    private Line progress(Snapshot s) {
        boolean measured = s.phase() == Demo.Phase.RUNNING && !s.settings().forever();
        double part = measured ? Math.min(1, s.seconds() / s.settings().seconds()) : 1;
        int filled = (int) Math.round(part * (WIDTH - 1));
        return line().put(Style.FIRST, ink.thickLine(filled)).put(Style.FAINT, ink.line(WIDTH - 1 - filled));
    }

    private List<Line> figures(Snapshot s) {
        Tally.Counts c = s.counts();
        return List.of(
                figure("enqueued", c.enqueued(), Style.FIRST, Numbers.count(s.enqueuedPerSec()) + "/s")
                        .at(36)
                        .put(Style.FAINT, "waiting")
                        .endingAt(54, Style.WARM, Numbers.count(s.waiting()))
                        .at(58)
                        .put(Style.FAINT, "jobs a claim")
                        .endingAt(WIDTH, Style.PLAIN, Numbers.one(s.jobsPerClaim())),
                figure("done", c.done(), Style.GOOD, Numbers.count(s.endedPerSec()) + "/s")
                        .at(36)
                        .put(Style.FAINT, "in flight")
                        .endingAt(54, Style.PLAIN, Numbers.count(s.inFlight()))
                        .at(58)
                        .put(Style.FAINT, "jobs a commit")
                        .endingAt(WIDTH, Style.PLAIN, Numbers.one(s.jobsPerCommit())),
                figure("failed", c.failed(), c.failed() == c.planted() ? Style.PLAIN : Style.BAD, "on purpose")
                        .at(36)
                        .put(Style.FAINT, "orders")
                        .endingAt(54, Style.PLAIN, Numbers.count(c.ordered()))
                        .at(58)
                        .put(Style.FAINT, "WAL a job")
                        .endingAt(WIDTH, Style.SECOND, Numbers.bytes(s.walPerJob())));
    }

    private Line figure(String label, long count, Style style, String beside) {
        return line().put(Style.FAINT, label)
                .endingAt(21, style, Numbers.count(count))
                .endingAt(33, Style.FAINT, beside);
    }

    private Line waiting(Snapshot s) {
        return spark("waiting", s.backlog(), Style.WARM);
    }

    private Line spark(String label, List<Double> values, Style style) {
        double most = Collections.max(values);
        StringBuilder cells = new StringBuilder();
        values.forEach(value -> cells.append(ink.spark(value, most)));
        return line().put(Style.FAINT, label)
                .at(11)
                .put(style, cells.toString())
                .at(13 + Pace.CELLS)
                .put(Style.FAINT, "peak")
                .endingAt(WIDTH, Style.PLAIN, Numbers.count(most));
    }

    private Line latencyHead() {
        return line().put(Style.FAINT, "latency, last 3 s")
                .endingAt(36, Style.FAINT, "p50")
                .endingAt(50, Style.FAINT, "p95")
                .endingAt(64, Style.FAINT, "p99")
                .endingAt(WIDTH, Style.FAINT, "max");
    }

    private Line latency(String label, Latency latency) {
        return line().at(2)
                .put(label)
                .endingAt(36, Style.STRONG, Numbers.millis(latency.p50()))
                .endingAt(50, Style.PLAIN, Numbers.millis(latency.p95()))
                .endingAt(64, Style.PLAIN, Numbers.millis(latency.p99()))
                .endingAt(WIDTH, Style.FAINT, Numbers.millis(latency.max()));
    }

    private Line lanesHead() {
        return line().put(Style.FAINT, "queue")
                .at(8)
                .put(Style.FAINT, "kind")
                .endingAt(32, Style.FAINT, "waiting")
                .endingAt(WIDTH, Style.FAINT, "ended");
    }

    private Line lane(Snapshot.Lane lane, double full) {
        return line().put(lane.queue())
                .at(8)
                .put(lane.kind())
                .put(Style.FAINT, " p" + lane.priority())
                .endingAt(32, lane.waiting() > 0 ? Style.WARM : Style.FAINT, Numbers.count(lane.waiting()))
                .at(34)
                .put(Style.WARM, ink.bar(lane.waiting(), full, BAR))
                .endingAt(WIDTH, Style.PLAIN, Numbers.count(lane.ended()));
    }

    /** Neighbours in the same state share a box. */
    private Line segments(Snapshot s) {
        Line line = line().put(Style.FAINT, "segments").at(11);
        List<Segment> live = s.segments();
        int from = 0;
        for (int i = 1; i <= live.size(); i++) {
            Segment first = live.get(from);
            if (i < live.size() && live.get(i).state() == first.state()) {
                continue;
            }
            String numbers =
                    first.number() + (i - 1 == from ? "" : "-" + live.get(i - 1).number());
            line.put(style(first.state()), ink.box(first.state() != Segment.State.FINISHED))
                    .put(" " + numbers)
                    .put(Style.FAINT, " " + first.state().name().toLowerCase(Locale.ROOT) + "  ");
            from = i;
        }
        String size = Numbers.bytes(live.stream().mapToLong(Segment::bytes).sum());
        return line.endingAt(WIDTH, Style.FAINT, size + ", " + s.reclaimed() + " given back");
    }

    private static Style style(Segment.State state) {
        return switch (state) {
            case CURRENT -> Style.GOOD;
            case NEXT -> Style.FIRST;
            case CLOSING -> Style.WARM;
            case SEALED -> Style.SECOND;
            case FINISHED -> Style.FAINT;
        };
    }

    private Line failure(Snapshot s) {
        String text = s.lastFailure();
        return line().put(Style.FAINT, "last fail")
                .at(11)
                .put(Style.FAINT, text.length() > WIDTH - 11 ? text.substring(0, WIDTH - 11) : text);
    }

    private Line hint(Snapshot s) {
        return s.phase() == Demo.Phase.RUNNING
                ? line().put(Style.FAINT, "psql " + s.address()).endingAt(WIDTH, Style.FAINT, "Ctrl-C drains and stops")
                : blank();
    }

    private Line line() {
        return new Line(ink).at(1);
    }

    private Line blank() {
        return new Line(ink);
    }
}
