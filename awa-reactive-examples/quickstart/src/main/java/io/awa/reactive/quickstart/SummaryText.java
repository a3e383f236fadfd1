package io.awa.reactive.quickstart;

import io.awa.reactive.quickstart.Ink.Style;
import java.util.ArrayList;
import java.util.List;

/** The last word as lines. */
final class SummaryText {

    private final Ink ink;

    SummaryText(Ink ink) {
        this.ink = ink;
    }

    List<String> lines(Summary summary) {
        Snapshot s = summary.last();
        Tally.Counts c = s.counts();
        List<Line> lines = new ArrayList<>();
        lines.add(new Line(ink));
        lines.add(row("enqueued", c.enqueued(), Style.FIRST, perSecond(c.enqueued(), s)));
        lines.add(row("done", c.done(), Style.GOOD, perSecond(c.done(), s)));
        lines.add(row(
                "failed",
                c.failed(),
                c.failed() == c.planted() ? Style.PLAIN : Style.BAD,
                c.failed() == c.planted() ? "all of them on purpose" : c.planted() + " of them on purpose"));
        lines.add(row("retried", c.retried(), Style.PLAIN, "attempts that failed, each followed by another one"));
        if (summary.left() > 0) {
            lines.add(row("queued", summary.left(), Style.WARM, "still in the database: the next worker would go on"));
        }
        lines.add(row(
                "lost", summary.lost(), zero(summary.lost()), "jobs stored, not queued any more, and without an end"));
        lines.add(row("duplicates", c.duplicates(), zero(c.duplicates()), "ends of a job that had one"));
        lines.add(row(
                "orders",
                c.ordered(),
                Style.PLAIN,
                "with a receipt; " + Numbers.count(c.declined()) + " rolled back, " + c.ghosts() + " receipts sent"));
        lines.add(text("latency", latency(summary.toEnd()) + "  until done"));
        lines.add(text("", latency(summary.toClaim()) + "  until claimed"));
        lines.add(text(
                "WAL",
                Numbers.bytes(s.walPerJob()) + " a job; " + s.opened() + " segments, " + s.reclaimed()
                        + " given back to the disk"));
        lines.add(text("server", "PostgreSQL " + s.version() + " (" + summary.durable() + ")"));
        return lines.stream().map(Line::toString).toList();
    }

    private Line row(String label, long count, Style style, String remark) {
        return label(label).endingAt(22, style, Numbers.count(count)).at(24).put(Style.FAINT, remark);
    }

    private Line text(String label, String text) {
        return label(label).at(13).put(text);
    }

    private Line label(String label) {
        return new Line(ink).at(1).put(Style.FAINT, label);
    }

    private static String perSecond(long count, Snapshot s) {
        return Numbers.count(count / s.seconds()) + "/s over " + Numbers.seconds(s.seconds());
    }

    private static String latency(Latency latency) {
        return "p50 " + Numbers.millis(latency.p50()) + "  p95 " + Numbers.millis(latency.p95()) + "  p99 "
                + Numbers.millis(latency.p99()) + "  max " + Numbers.millis(latency.max());
    }

    private static Style zero(long count) {
        return count == 0 ? Style.GOOD : Style.BAD;
    }
}
