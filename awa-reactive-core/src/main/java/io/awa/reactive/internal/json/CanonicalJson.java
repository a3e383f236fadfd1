package io.awa.reactive.internal.json;

import io.awa.reactive.AwaValidationException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.json.JsonMapper;

/**
 * One text for one value: the members of objects in the order of their names (by UTF-16 code units), the last of several
 * of one name, no space, strings escaped no more than JSON asks for. Numbers stay as they are written.
 */
final class CanonicalJson {

    private static final char[] HEX = "0123456789abcdef".toCharArray();

    private CanonicalJson() {}

    /**
     * The text of checked JSON, as UTF-8; the same array where that is it.
     *
     * @param members the names of the members that count, all of them where empty
     * @throws AwaValidationException if members are named and the value is no object that has them all
     */
    static byte[] of(JsonMapper mapper, byte[] json, List<String> members) {
        return members.isEmpty() && CanonicalScan.isCanonical(json) ? json : rewritten(mapper, json, members);
    }

    private static byte[] rewritten(JsonMapper mapper, byte[] json, List<String> members) {
        try (JsonParser parser = mapper.createParser(json)) {
            String text;
            if (members.isEmpty()) {
                text = value(parser, parser.nextToken());
            } else {
                Map<String, String> all = parser.nextToken() == JsonToken.START_OBJECT ? members(parser) : Map.of();
                for (String name : members) {
                    if (!all.containsKey(name)) {
                        throw new AwaValidationException("unique.members", name, "members that the arguments have");
                    }
                }
                all.keySet().retainAll(members);
                text = object(all);
            }
            return text.getBytes(StandardCharsets.UTF_8);
        }
    }

    private static String value(JsonParser parser, @Nullable JsonToken token) {
        if (token == JsonToken.START_OBJECT) {
            return object(members(parser));
        }
        if (token == JsonToken.START_ARRAY) {
            StringBuilder out = new StringBuilder("[");
            for (JsonToken next = parser.nextToken(); next != JsonToken.END_ARRAY; next = parser.nextToken()) {
                out.append(out.length() == 1 ? "" : ",").append(value(parser, next));
            }
            return out.append(']').toString();
        }
        return token == JsonToken.VALUE_STRING ? quoted(parser.getString()) : parser.getString();
    }

    private static Map<String, String> members(JsonParser parser) {
        Map<String, String> members = new TreeMap<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            members.put(name, value(parser, parser.nextToken()));
        }
        return members;
    }

    private static String object(Map<String, String> members) {
        StringBuilder out = new StringBuilder("{");
        members.forEach((name, value) -> out.append(out.length() == 1 ? "" : ",")
                .append(quoted(name))
                .append(':')
                .append(value));
        return out.append('}').toString();
    }

    private static String quoted(String text) {
        StringBuilder out = new StringBuilder(text.length() + 2).append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (c < ' ') {
                out.append("\\u00").append(HEX[c >> 4]).append(HEX[c & 15]);
            } else {
                out.append(c);
            }
        }
        return out.append('"').toString();
    }
}
