package io.awa.reactive.internal.enqueue;

import io.awa.reactive.internal.json.EncodedJob;

/**
 * A checked job with the numbers of its lane and kind.
 *
 * @param job  what to store
 * @param lane its lane
 * @param kind its kind
 */
record Entry(EncodedJob job, int lane, int kind) {

    int bytes() {
        byte[] extras = job.extras();
        return job.args().length + (extras == null ? 0 : extras.length);
    }

    /** Whether it is available at once and not unique. */
    boolean plain() {
        return job.terms().none();
    }

    boolean unique() {
        return job.terms().key() != null;
    }
}
