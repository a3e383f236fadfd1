package io.awa.reactive.internal.json;

import tools.jackson.core.JacksonException;

/** Errors of reading and writing JSON, in words for one line of a log. */
final class JsonErrors {

    private JsonErrors() {}

    /** Jackson's message without the note on its source, which spans lines, but with the path to the member. */
    static String reason(RuntimeException e) {
        if (e instanceof JacksonException jackson) {
            String path = jackson.getPathReference();
            return jackson.getOriginalMessage() + (path == null || path.isEmpty() ? "" : " at " + path);
        }
        return String.valueOf(e);
    }
}
