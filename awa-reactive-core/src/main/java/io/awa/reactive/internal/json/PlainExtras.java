package io.awa.reactive.internal.json;

import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Extras of jobs that have no more than a deadline and headers. Those of a stream mostly have the same, so what was written
 * last is kept.
 */
final class PlainExtras {

    private volatile @Nullable Written last;

    /** The object; null where there is neither. Read it only. */
    byte @Nullable [] of(@Nullable Duration deadline, Map<String, String> headers) {
        if (deadline == null && headers.isEmpty()) {
            return null;
        }
        Written known = last;
        if (known != null && known.headers == headers && Objects.equals(known.deadline, deadline)) {
            return known.json;
        }
        byte[] json = new Extras()
                .add("deadline", millis(deadline))
                .add("headers", json(headers))
                .toBytes();
        last = new Written(deadline, headers, json);
        return json;
    }

    static @Nullable String millis(@Nullable Duration deadline) {
        return deadline == null ? null : String.valueOf(Terms.millis(deadline));
    }

    // Printable ASCII: two characters need an escape.
    static @Nullable String json(Map<String, String> headers) {
        if (headers.isEmpty()) {
            return null;
        }
        StringBuilder json = new StringBuilder(160);
        headers.forEach((name, value) -> {
            json.append(json.length() == 0 ? '{' : ',');
            quoted(json, name);
            json.append(':');
            quoted(json, value);
        });
        return json.append('}').toString();
    }

    private static void quoted(StringBuilder json, String text) {
        json.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                json.append('\\');
            }
            json.append(c);
        }
        json.append('"');
    }

    // Headers are a job's: what they hold does not change.
    private record Written(@Nullable Duration deadline, Map<String, String> headers, byte @Nullable [] json) {}
}
