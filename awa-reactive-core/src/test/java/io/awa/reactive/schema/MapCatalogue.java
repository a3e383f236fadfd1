package io.awa.reactive.schema;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** A catalogue made of texts in place of files. */
final class MapCatalogue extends ClassLoader {

    private final Map<String, String> files;

    private MapCatalogue(Map<String, String> files) {
        super(null);
        this.files = files;
    }

    static SqlCatalogue of(Map<String, String> files) {
        return SqlCatalogue.fromClassPath("sql", new MapCatalogue(files));
    }

    @Override
    public InputStream getResourceAsStream(String name) {
        String text =
                name.equals("sql/index") ? String.join("\n", files.keySet()) + "\n" : files.get(name.substring(4));
        return text == null ? null : new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
    }
}
