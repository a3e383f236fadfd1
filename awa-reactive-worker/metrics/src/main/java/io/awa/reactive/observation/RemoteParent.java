package io.awa.reactive.observation;

import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The span that headers name.
 *
 * @param traceId 32 hexadecimal digits, or 16 with B3
 * @param spanId  16 hexadecimal digits
 * @param sampled whether it was recorded
 */
record RemoteParent(String traceId, String spanId, boolean sampled) {

    private static final Pattern W3C = Pattern.compile("[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?");
    private static final Pattern B3 = Pattern.compile("([0-9a-f]{32}|[0-9a-f]{16})-([0-9a-f]{16})(-([01d]).*)?");

    static @Nullable RemoteParent in(Map<String, String> headers) {
        Matcher w3c = W3C.matcher(headers.getOrDefault("traceparent", ""));
        if (w3c.matches()) {
            return new RemoteParent(w3c.group(1), w3c.group(2), (Integer.parseInt(w3c.group(3), 16) & 1) == 1);
        }
        Matcher b3 = B3.matcher(headers.getOrDefault("b3", ""));
        return b3.matches()
                ? new RemoteParent(
                        b3.group(1),
                        b3.group(2),
                        b3.group(4) == null || !b3.group(4).equals("0"))
                : null;
    }
}
