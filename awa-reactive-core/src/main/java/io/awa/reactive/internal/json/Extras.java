package io.awa.reactive.internal.json;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** The JSON object beside the arguments, put together of members that are JSON already. */
final class Extras {

    private final ByteArrayOutputStream out = new ByteArrayOutputStream(128);

    /** Adds a member; {@code name} needs no escapes, null is left out. */
    Extras add(String name, byte @Nullable [] json) {
        if (json != null) {
            out.write(out.size() == 0 ? '{' : ',');
            out.writeBytes(('"' + name + "\":").getBytes(StandardCharsets.US_ASCII));
            out.writeBytes(json);
        }
        return this;
    }

    /** Adds a member of ASCII text. */
    Extras add(String name, @Nullable String json) {
        return json == null ? this : add(name, json.getBytes(StandardCharsets.US_ASCII));
    }

    /** The object; null where there are no members. */
    byte @Nullable [] toBytes() {
        if (out.size() == 0) {
            return null;
        }
        out.write('}');
        return out.toByteArray();
    }
}
