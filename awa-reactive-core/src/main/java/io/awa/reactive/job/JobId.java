package io.awa.reactive.job;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import io.awa.reactive.AwaValidationException;
import org.jspecify.annotations.Nullable;

/**
 * The identity of a job: the same for all its attempts. In JSON it is a string, since a JavaScript number cannot hold
 * all its digits.
 *
 * @param value not negative; its order says nothing across queues
 */
public record JobId(long value) {

    private static final String FORM = "a decimal number from 0 to " + Long.MAX_VALUE + ", without sign or spaces";

    /** @throws AwaValidationException if the value is negative */
    public JobId {
        if (value < 0) {
            throw new AwaValidationException("id", value, FORM);
        }
    }

    /**
     * Reads what {@link #toString()} wrote, and nothing else.
     *
     * @throws AwaValidationException if the text is not an id
     */
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    public static JobId parse(@Nullable String text) {
        if (text == null) {
            throw new AwaValidationException("id", null, FORM);
        }
        try {
            long value = Long.parseLong(text);
            // parseLong also takes signs, leading zeros and the digits of other scripts: one id, one text
            if (value >= 0 && Long.toString(value).equals(text)) {
                return new JobId(value);
            }
        } catch (NumberFormatException e) {
            throw new AwaValidationException("id", text, FORM, e);
        }
        throw new AwaValidationException("id", text, FORM);
    }

    /** The decimal number. */
    @Override
    @JsonValue
    public String toString() {
        return Long.toString(value);
    }
}
