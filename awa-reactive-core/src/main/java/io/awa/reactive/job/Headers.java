package io.awa.reactive.job;

import io.awa.reactive.AwaValidationException;
import io.awa.reactive.internal.Checks;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** What may travel as headers: texts that need no more than two escapes in JSON, and few of them. */
final class Headers {

    private Headers() {}

    static Map<String, String> checked(Map<String, String> values) {
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
        return Collections.unmodifiableMap(copy);
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
