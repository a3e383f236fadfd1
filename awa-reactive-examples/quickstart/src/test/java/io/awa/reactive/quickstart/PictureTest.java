package io.awa.reactive.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.engine.Segment;
import io.awa.reactive.engine.Segment.State;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PictureTest {

    private static final int ROWS = 24;
    private static final int COLUMNS = 80;

    @ParameterizedTest
    @EnumSource(Demo.Phase.class)
    void fitsIntoASmallTerminal(Demo.Phase phase) {
        List<String> lines = new Picture(new Ink(false, true)).draw(snapshot(phase));

        // The cursor needs the row below the picture.
        assertThat(lines).hasSizeLessThan(ROWS);
        assertThat(lines).allMatch(line -> line.length() < COLUMNS);
    }

    @Test
    void isPlainTextWhereTheTerminalSaysSo() {
        String text = String.join("\n", new Picture(Ink.PLAIN).draw(snapshot(Demo.Phase.RUNNING)));

        assertThat(text).isASCII().doesNotContain("\u001b").contains("4-6 finished", "7 current", "412 given back");
    }

    @Test
    void coloursTakeNoRoom() {
        Snapshot snapshot = snapshot(Demo.Phase.RUNNING);
        List<String> coloured = new Picture(new Ink(true, true)).draw(snapshot);

        assertThat(coloured).anyMatch(line -> line.contains("\u001b[32m"));
        assertThat(coloured.stream()
                        .map(line -> line.replaceAll("\u001b\\[[0-9;]*m", ""))
                        .toList())
                .isEqualTo(new Picture(new Ink(false, true)).draw(snapshot));
    }

    @Test
    void theSummaryFitsToo() {
        Snapshot last = snapshot(Demo.Phase.OVER);
        Summary summary = new Summary(last, 12, last.toEnd(), last.toClaim(), "fsync on, synchronous_commit on");

        assertThat(new SummaryText(Ink.PLAIN).lines(summary)).allMatch(line -> line.length() < COLUMNS);
        assertThat(summary.lost())
                .isEqualTo(last.counts().enqueued() - last.counts().ended() - 12);
        assertThat(summary.sound()).isFalse();
    }

    @Test
    void theCursorComesBack() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        LiveView view = new LiveView(new PrintStream(bytes, true, StandardCharsets.UTF_8), new Ink(false, true));
        view.notice("Starting");
        view.show(snapshot(Demo.Phase.RUNNING));
        view.close();
        view.show(snapshot(Demo.Phase.RUNNING));

        assertThat(bytes.toString(StandardCharsets.UTF_8))
                .startsWith("\u001b[?25l")
                .contains("\u001b[1A")
                .endsWith("\u001b[?25h");
    }

    private static Snapshot snapshot(Demo.Phase phase) {
        Latency latency = new Latency(9_999, 99_999, 3_600_000, 3_600_000);
        return new Snapshot(
                phase,
                new Settings(Settings.DEFAULT_SECONDS, Settings.DEFAULT_RATE, true, false),
                "18.6",
                "postgresql://postgres@127.0.0.1:65535/postgres",
                86_399.9,
                new Tally.Counts(172_800_123, 172_790_000, 1_234_567, 1_234_567, 0, 0, 4_320_000, 540_000, 0),
                50_000,
                49_999,
                List.of(
                        new Snapshot.Lane("mail", 1, "receipt", 0, 4_320_000),
                        new Snapshot.Lane("mail", 3, "newsletter", 1_000_000, 144_000_000),
                        new Snapshot.Lane("images", 2, "thumbnail", 3, 24_480_123)),
                3_333,
                512.0,
                1_024.0,
                1_234.5,
                latency,
                latency,
                Collections.nCopies(Pace.CELLS, 50_000.0),
                Collections.nCopies(Pace.CELLS, 1_000_000.0),
                List.of(
                        segment(4, State.FINISHED),
                        segment(5, State.FINISHED),
                        segment(6, State.FINISHED),
                        segment(7, State.CURRENT)),
                416,
                "newsletter: no mailbox " + "x".repeat(100));
    }

    private static Segment segment(long number, State state) {
        return new Segment(number, (int) number, state, Duration.ZERO, null, 1 << 20);
    }
}
