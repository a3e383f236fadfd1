package io.awa.reactive.quickstart;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Draws over the last frame, each time in one write, with the cursor hidden meanwhile. */
final class LiveView implements View {

    private static final String HIDE_CURSOR = "\u001b[?25l";
    private static final String SHOW_CURSOR = "\u001b[?25h";
    private static final String CLEAR_TO_END_OF_LINE = "\u001b[K";
    private static final String CLEAR_BELOW = "\u001b[J";

    private final PrintStream out;
    private final Ink ink;
    private final Picture picture;
    private int height;
    private boolean closed;

    LiveView(Terminal terminal) {
        // Not System.out: that one has the character set of the process, and whoever embeds us may have replaced it.
        this(
                new PrintStream(new FileOutputStream(FileDescriptor.out), false, StandardCharsets.UTF_8),
                new Ink(terminal.colour(), terminal.unicode()));
    }

    LiveView(PrintStream out, Ink ink) {
        this.out = out;
        this.ink = ink;
        this.picture = new Picture(ink);
    }

    @Override
    public synchronized void notice(String text) {
        redraw(List.of(" " + text));
    }

    @Override
    public synchronized void show(Snapshot snapshot) {
        redraw(picture.draw(snapshot));
    }

    @Override
    public synchronized void end(Summary summary) {
        out.print(CLEAR_BELOW + String.join("\n", new SummaryText(ink).lines(summary)) + "\n");
        out.flush();
    }

    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            out.print(SHOW_CURSOR);
            out.flush();
        }
    }

    private void redraw(List<String> lines) {
        if (closed) {
            return;
        }
        StringBuilder frame = new StringBuilder(HIDE_CURSOR).append('\r');
        if (height > 0) {
            frame.append("\u001b[").append(height).append('A');
        }
        lines.forEach(line -> frame.append(line).append(CLEAR_TO_END_OF_LINE).append('\n'));
        out.print(frame.append(CLEAR_BELOW));
        out.flush();
        height = lines.size();
    }
}
