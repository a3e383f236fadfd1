package io.awa.reactive.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Whole folders: deleting them and opening them to every user. */
final class Trees {

    private Trees() {}

    /** Deletes a folder and all below it; a missing one is fine. */
    static void delete(Path root) throws IOException {
        for (Path path : walk(root, Comparator.reverseOrder())) {
            Files.deleteIfExists(path);
        }
    }

    /** Lets every user read: a server that root starts runs as someone else. */
    static void openToAll(Path root) throws IOException {
        for (Path path : walk(root, Comparator.naturalOrder())) {
            if (!Files.isSymbolicLink(path)) {
                path.toFile().setReadable(true, false);
                if (Files.isDirectory(path)) {
                    path.toFile().setExecutable(true, false);
                }
            }
        }
    }

    private static List<Path> walk(Path root, Comparator<Path> order) throws IOException {
        if (!Files.exists(root)) {
            return List.of();
        }
        try (Stream<Path> paths = Files.walk(root)) {
            return paths.sorted(order).toList();
        } catch (UncheckedIOException e) {
            // A stopping server removes files of its own while the tree is walked.
            throw e.getCause();
        }
    }
}
