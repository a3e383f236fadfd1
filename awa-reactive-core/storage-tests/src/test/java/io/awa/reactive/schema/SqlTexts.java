package io.awa.reactive.schema;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Catalogues made of texts in place of files, each a small change of another. */
final class SqlTexts {

    private final Map<String, String> files;

    private SqlTexts(Map<String, String> files) {
        this.files = files;
    }

    /** Settings and a table, a second step, and a function: with parameters, quoted semicolons and dollar quotes. */
    static SqlTexts small() {
        return new SqlTexts(Map.of())
                .with("migrations/V001__start.sql", """
                        create table ${schema}.settings (key text primary key, value text not null);
                        insert into ${schema}.settings values ('children', '${children}');
                        -- awa:each-child
                        create table ${schema}.jobs_${child} (x int, note text default ';');
                        -- awa:end
                        select 'a row; with a semicolon', generate_series(1, 100);
                        """)
                .with("migrations/V002__more.sql", "create table ${schema}.more (x int)")
                .with("functions/add.sql", """
                        create or replace function ${schema}.add(int, int) returns int language plpgsql as $body$
                        begin
                          return $1 + $2; -- ';' and $1
                        end
                        $body$;
                        """);
    }

    SqlTexts with(String path, String text) {
        Map<String, String> changed = new LinkedHashMap<>(files);
        changed.put(path, text);
        return new SqlTexts(changed);
    }

    SqlTexts without(String path) {
        Map<String, String> changed = new LinkedHashMap<>(files);
        changed.remove(path);
        return new SqlTexts(changed);
    }

    SqlCatalogue catalogue() {
        return SqlCatalogue.fromClassPath("sql", new Loader(files));
    }

    private static final class Loader extends ClassLoader {

        private final Map<String, String> files;

        Loader(Map<String, String> files) {
            super(null);
            this.files = files;
        }

        @Override
        public @Nullable InputStream getResourceAsStream(String name) {
            String path = name.substring("sql/".length());
            String text = path.equals("index") ? String.join("\n", files.keySet()) : files.get(path);
            return text == null ? null : new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
        }
    }
}
