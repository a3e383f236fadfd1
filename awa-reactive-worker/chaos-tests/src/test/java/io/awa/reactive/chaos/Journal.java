package io.awa.reactive.chaos;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/** What was broken, for how long, and how long it took to recover: a table in a file, a line on the console. */
final class Journal {

    private static final String HEAD = "fault,hit,lasted_ms,schema,recovery_ms,longest_gap_ms\n";

    private final Path file;
    private final List<Long> recoveries = new ArrayList<>();
    private int faults;

    Journal(Path file) {
        this.file = file;
        try {
            Files.createDirectories(file.toAbsolutePath().getParent());
            Files.writeString(file, HEAD);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void add(String fault, String hit, long lastedMillis, List<Recovery> after) {
        faults++;
        StringBuilder lines = new StringBuilder();
        for (Recovery recovery : after) {
            recoveries.add(recovery.millis());
            lines.append(fault)
                    .append(',')
                    .append(hit)
                    .append(',')
                    .append(lastedMillis)
                    .append(',')
                    .append(recovery.tenant())
                    .append(',')
                    .append(recovery.millis())
                    .append(',')
                    .append(recovery.gapMillis())
                    .append('\n');
        }
        try {
            Files.writeString(file, lines, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        System.err.println("chaos: " + fault + " at " + hit + " for " + lastedMillis + " ms, recovered: " + after);
    }

    int faults() {
        return faults;
    }

    long worstRecovery() {
        return recoveries.stream().mapToLong(Long::longValue).max().orElse(0);
    }

    long medianRecovery() {
        return recoveries.stream()
                .sorted()
                .skip(recoveries.size() / 2)
                .findFirst()
                .orElse(0L);
    }
}
