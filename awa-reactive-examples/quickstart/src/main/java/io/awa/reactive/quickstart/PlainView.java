package io.awa.reactive.quickstart;

import java.io.PrintStream;
import java.util.Locale;

/** A line a second, without any escape codes: for logs and pipes. */
final class PlainView implements View {

    private final PrintStream out;
    private double next;

    PlainView(PrintStream out) {
        this.out = out;
    }

    @Override
    public synchronized void notice(String text) {
        out.println(text);
    }

    @Override
    public synchronized void show(Snapshot s) {
        if (s.seconds() < next) {
            return;
        }
        if (next == 0) {
            out.println("PostgreSQL " + s.version() + " at " + s.address());
        }
        next = Math.floor(s.seconds()) + 1;
        out.println(String.format(
                Locale.ROOT,
                "%6s  enqueued %,d (%,.0f/s)  ended %,d (%,.0f/s)  failed %,d  waiting %,d  p50 %s  p99 %s  WAL %s a job",
                Numbers.seconds(s.seconds()),
                s.counts().enqueued(),
                s.enqueuedPerSec(),
                s.counts().ended(),
                s.endedPerSec(),
                s.counts().failed(),
                s.waiting(),
                Numbers.millis(s.toEnd().p50()),
                Numbers.millis(s.toEnd().p99()),
                Numbers.bytes(s.walPerJob())));
    }

    @Override
    public synchronized void end(Summary summary) {
        new SummaryText(Ink.PLAIN).lines(summary).forEach(out::println);
    }

    @Override
    public void close() {
        out.flush();
    }
}
