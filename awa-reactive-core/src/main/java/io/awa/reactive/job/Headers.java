package io.awa.reactive.job;

import io.awa.reactive.AwaValidationException;
import io.awa.reactive.internal.Checks;
import java.util.AbstractMap;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What may travel as headers: texts that need no more than two escapes in JSON, and few of them. Jobs of a stream mostly
 * have the same: those of one job are given to the next as they are.
 */
final class Headers extends AbstractMap<String, String> {

    private final Map<String, String> values;

    private Headers(Map<String, String> values) {
        this.values = Collections.unmodifiableMap(values);
    }

    static Map<String, String> checked(Map<String, String> values) {
        if (values instanceof Headers) {
            return values;
        }
        Map<String, String> copy = new LinkedHashMap<>();
        int bytes = 0;
        for (Map.Entry<String, String> header :
                Checks.notNull("headers", values).entrySet()) {
            String name = Checks.notNull("headers name", header.getKey());
            String value = Checks.notNull("headers." + name, header.getValue());
            if (name.isBlank()) {
                throw new AwaValidationException("headers name", name, "not blank");
            }
            bytes += printable("headers name", name) + printable("headers." + name, value) + 6;
            copy.put(name, value);
        }
        if (bytes > JobLimits.HEADER_BYTES) {
            throw new AwaValidationException(
                    "headers", bytes + " bytes", "at most " + JobLimits.HEADER_BYTES + " bytes of JSON");
        }
        return new Headers(copy);
    }

    @Override
    public Set<Map.Entry<String, String>> entrySet() {
        return values.entrySet();
    }

    @Override
    public boolean containsKey(@Nullable Object name) {
        return values.containsKey(name);
    }

    @Override
    public @Nullable String get(@Nullable Object name) {
        return values.get(name);
    }

    /** What it takes in JSON without its quotes. */
    private static int printable(String field, String text) {
        int bytes = text.length();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < ' ' || c > '~') {
                throw new AwaValidationException(field, text, "printable ASCII");
            }
            bytes += c == '"' || c == '\\' ? 1 : 0;
        }
        return bytes;
    }
}
