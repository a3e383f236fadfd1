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
    private static final int SHOWN_SEGMENTS = 4;

    private final Ink ink;

    Picture(Ink ink) {
        this.ink = ink;
    }

    List<String> draw(Snapshot s) {
        double busiest = s.lanes().stream()
                .mapToDouble(Snapshot.Lane::waiting)
                .max()
                .orElse(0);
        return Stream.of(
                        List.of(title(s), progress(s), blank()),
                        figures(s),
                        List.of(blank(), spark("done/s", s.throughput(), Style.GOOD), waiting(s), blank()),
                        List.of(latencyHead(), latency("until started", s.toStart()), latency("until done", s.toEnd())),
                        List.of(blank(), lanesHead()),
                        s.lanes().stream().map(lane -> lane(lane, busiest)).toList(),
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
        String state =
                switch (s.phase()) {
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
                        .at(37)
                        .put(Style.FAINT, "waiting")
                        .endingAt(53, Style.WARM, Numbers.count(s.waiting()))
                        .at(58)
                        .put(Style.FAINT, "jobs a claim")
                        .endingAt(WIDTH, Style.PLAIN, Numbers.one(s.jobsPerClaim())),
                figure("done", c.done(), Style.GOOD, Numbers.count(s.endedPerSec()) + "/s")
                        .at(37)
                        .put(Style.FAINT, "in flight")
                        .endingAt(53, Style.PLAIN, Numbers.count(s.inFlight()))
                        .at(58)
                        .put(Style.FAINT, "jobs a commit")
                        .endingAt(WIDTH, Style.PLAIN, Numbers.one(s.jobsPerCommit())),
                figure("failed", c.failed(), c.failed() == c.planted() ? Style.PLAIN : Style.BAD, "on purpose")
                        .at(37)
                        .put(Style.FAINT, "orders")
                        .endingAt(53, Style.PLAIN, Numbers.count(c.ordered()))
                        .at(58)
                        .put(Style.FAINT, "WAL a job")
                        .endingAt(WIDTH, Style.SECOND, Numbers.bytes(s.walPerJob())));
    }

    private Line figure(String label, long count, Style style, String beside) {
        return line().put(Style.FAINT, label)
                .endingAt(20, style, Numbers.count(count))
                .endingAt(32, Style.FAINT, beside);
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
        return line().put(Style.FAINT, "queue").at(8).put(Style.FAINT, "kind").endingAt(32, Style.FAINT, "waiting").endingAt(WIDTH, Style.FAINT, "ended");
    }

    private Line lane(Snapshot.Lane lane, double busiest) {
        return line().put(lane.queue())
                .at(8)
                .put(lane.kind() + ", " + lane.priority())
                .endingAt(32, lane.waiting() > 0 ? Style.WARM : Style.FAINT, Numbers.count(lane.waiting()))
                .at(34)
                .put(Style.WARM, ink.bar(lane.waiting(), busiest, BAR))
                .endingAt(WIDTH, Style.PLAIN, Numbers.count(lane.ended()));
    }

    private Line segments(Snapshot s) {
        Line line = line().put(Style.FAINT, "segments").at(11);
        int hidden = Math.max(0, s.segments().size() - SHOWN_SEGMENTS);
        for (Segment segment : s.segments().subList(hidden, s.segments().size())) {
            String name = segment.state().name().toLowerCase(Locale.ROOT);
            line.put(style(segment.state()), ink.box(segment.state() != Segment.State.FINISHED))
                    .put(" " + segment.number())
                    .put(Style.FAINT, " " + name + " ");
        }
        return line.endingAt(WIDTH, Style.FAINT, Numbers.count(s.reclaimed()) + " given back");
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
        return s.phase() == Demo.Phase.RUNNING ? line().put(Style.FAINT, "Ctrl-C drains and stops.") : blank();
    }

    private Line line() {
        return new Line(ink).at(1);
    }

    private Line blank() {
        return new Line(ink);
    }
}
