package io.awa.reactive.internal.json;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Finds members of a JSON object in its text, without a tree: for the few that are looked at for each job, and are plain in
 * nearly all. The text is what the database writes of a {@code jsonb}, so it is well formed and no name stands twice.
 */
public final class PlainMembers {

    // Digits that fit into a long.
    private static final int DIGITS = 18;

    private PlainMembers() {}

    /** Where the value of a top member begins; negative where there is none. {@code name} needs no escapes. */
    public static int find(String json, String name) {
        if (!json.contains(name)) {
            return -1;
        }
        int at = skip(json, 0);
        if (at == json.length() || json.charAt(at) != '{') {
            return -1;
        }
        at = skip(json, at + 1);
        while (at < json.length() && json.charAt(at) == '"') {
            int end = endOfText(json, at);
            int value = skip(json, skip(json, end) + 1);
            if (end - at - 2 == name.length() && json.startsWith(name, at + 1)) {
                return value;
            }
            at = skip(json, skip(json, endOfValue(json, value)) + 1);
        }
        return -1;
    }

    /** The whole number that begins there, at least 0; negative if that is something else. */
    public static long number(String json, int at) {
        long number = 0;
        int i = at;
        for (; i < json.length() && json.charAt(i) >= '0' && json.charAt(i) <= '9'; i++) {
            number = number * 10 + (json.charAt(i) - '0');
        }
        boolean whole = i == json.length() || json.charAt(i) == ',' || json.charAt(i) == '}' || json.charAt(i) == ' ';
        return whole && i > at && i - at <= DIGITS ? number : -1;
    }

    /** The text that begins there; null if that is something else, or has escapes. */
    public static @Nullable String text(String json, int at) {
        if (json.charAt(at) != '"') {
            return null;
        }
        int end = json.indexOf('"', at + 1);
        String text = json.substring(at + 1, end);
        return text.indexOf('\\') < 0 ? text : null;
    }

    /** The object of texts that begins there, unmodifiable; null if that is something else, or one has escapes. */
    public static @Nullable Map<String, String> texts(String json, int from) {
        if (json.charAt(from) != '{') {
            return null;
        }
        Map<String, String> texts = new LinkedHashMap<>();
        int at = skip(json, from + 1);
        while (json.charAt(at) == '"') {
            String name = text(json, at);
            int value = name == null ? at : skip(json, skip(json, at + name.length() + 2) + 1);
            String text = name == null ? null : text(json, value);
            if (text == null) {
                return null;
            }
            texts.put(name, text);
            at = skip(json, value + text.length() + 2);
            if (json.charAt(at) == ',') {
                at = skip(json, at + 1);
            }
        }
        return Collections.unmodifiableMap(texts);
    }

    /** The JSON of the value that begins there. */
    public static String value(String json, int at) {
        return json.substring(at, endOfValue(json, at));
    }

    private static int skip(String json, int from) {
        int at = from;
        while (at < json.length() && json.charAt(at) <= ' ') {
            at++;
        }
        return at;
    }

    // Behind the closing quote of the text that begins there.
    private static int endOfText(String json, int from) {
        int at = from + 1;
        while (json.charAt(at) != '"') {
            at += json.charAt(at) == '\\' ? 2 : 1;
        }
        return at + 1;
    }

    private static int endOfValue(String json, int from) {
        int depth = 0;
        int at = from;
        while (true) {
            char c = json.charAt(at);
            if (c == '"') {
                at = endOfText(json, at);
                if (depth == 0) {
                    return at;
                }
                continue;
            }
            if (c == '{' || c == '[') {
                depth++;
            } else if (c == '}' || c == ']') {
                if (depth == 0) {
                    return at;
                }
                depth--;
                if (depth == 0) {
                    return at + 1;
                }
            } else if (c == ',' && depth == 0) {
                return at;
            }
            at++;
        }
    }
}
