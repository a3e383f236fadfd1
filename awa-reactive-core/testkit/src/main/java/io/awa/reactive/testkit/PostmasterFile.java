package io.awa.reactive.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code postmaster.pid}, by which a server says that it runs. */
final class PostmasterFile {

    private PostmasterFile() {}

    /** The server's process, or null if no file is there. */
    static @Nullable Long pid(Path data) {
        try {
            List<String> lines = Files.readAllLines(path(data));
            return lines.isEmpty() ? null : Long.valueOf(lines.get(0).strip());
        } catch (NoSuchFileException e) {
            return null;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static void delete(Path data) {
        try {
            Files.deleteIfExists(path(data));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path path(Path data) {
        return data.resolve("postmaster.pid");
    }
}
