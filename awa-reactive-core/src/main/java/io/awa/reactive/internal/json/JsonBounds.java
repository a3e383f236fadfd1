package io.awa.reactive.internal.json;

import io.awa.reactive.job.JobLimits;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.databind.json.JsonMapper;

/**
 * How far JSON may go: the caller's limits, and what the mapper reads back. A payload that can be written but not read
 * would fail at each attempt, so the reader's bounds hold when writing.
 *
 * @param payloadBytes bytes, with numbers written out
 * @param depth        levels
 * @param numberLength characters of a number written out
 * @param nameLength   bytes of a member's name
 * @param stringLength bytes of a string
 */
record JsonBounds(int payloadBytes, int depth, int numberLength, int nameLength, int stringLength) {

    static JsonBounds of(JobLimits limits, JsonMapper mapper) {
        StreamReadConstraints reading = mapper.tokenStreamFactory().streamReadConstraints();
        return new JsonBounds(
                limits.payloadBytes(),
                limits.depth(),
                reading.getMaxNumberLength(),
                reading.getMaxNameLength(),
                reading.getMaxStringLength());
    }

    /** The same for what stands in an object beside others, which is a level more for its reader. */
    static JsonBounds inside(JobLimits limits, JsonMapper mapper) {
        JsonBounds own = of(limits, mapper);
        int deepest = mapper.tokenStreamFactory().streamReadConstraints().getMaxNestingDepth();
        return new JsonBounds(
                own.payloadBytes, Math.min(own.depth, deepest - 1), own.numberLength, own.nameLength, own.stringLength);
    }
}
