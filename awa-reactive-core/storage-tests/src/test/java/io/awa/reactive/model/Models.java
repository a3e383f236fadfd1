package io.awa.reactive.model;

import java.nio.file.Files;
import java.nio.file.Path;

/** Where the models are. */
public final class Models {

    private Models() {}

    /** The folder {@code docs/model}, from whatever module the tests run in. */
    public static Path folder() {
        for (Path folder = Path.of("").toAbsolutePath(); folder != null; folder = folder.getParent()) {
            Path models = folder.resolve("docs").resolve("model");
            if (Files.isDirectory(models)) {
                return models;
            }
        }
        throw new IllegalStateException(
                "docs/model is in no folder above " + Path.of("").toAbsolutePath());
    }
}
