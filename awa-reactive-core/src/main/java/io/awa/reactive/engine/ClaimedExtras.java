package io.awa.reactive.engine;

import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What travels with the jobs of one claim beside their arguments. Jobs that were enqueued together mostly have the same: of
 * neighbours it is kept once, and read once, however many ask.
 */
final class ClaimedExtras {

    private static final char SEPARATOR = '\u001e';

    private final Text[] texts;

    /** @param joined so many texts, empty for a job without any */
    ClaimedExtras(String joined, int jobs) {
        texts = new Text[jobs];
        Text last = new Text("");
        int from = 0;
        for (int i = 0; i < jobs; i++) {
            int end = from + last.json.length();
            if (!joined.startsWith(last.json, from) || end < joined.length() && joined.charAt(end) != SEPARATOR) {
                int next = joined.indexOf(SEPARATOR, from);
                end = next < 0 ? joined.length() : next;
                last = new Text(joined.substring(from, end));
            }
            texts[i] = last;
            from = end + 1;
        }
    }

    /** The JSON of one; null where it has none. */
    @Nullable
    String text(int ordinal) {
        String json = texts[ordinal].json;
        return json.isEmpty() ? null : json;
    }

    /** Those of one, read by the first call. */
    Extras read(int ordinal, Function<String, Extras> reader) {
        Text text = texts[ordinal];
        Extras known = text.read;
        if (known == null) {
            known = text.json.isEmpty() ? Extras.NONE : reader.apply(text.json);
            text.read = known;
        }
        return known;
    }

    private static final class Text {

        final String json;
        // Whoever comes second has read the same.
        volatile @Nullable Extras read;

        Text(String json) {
            this.json = json;
        }
    }
}
