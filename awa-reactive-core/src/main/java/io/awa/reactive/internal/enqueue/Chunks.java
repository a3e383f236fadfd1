package io.awa.reactive.internal.enqueue;

import java.util.List;
import java.util.function.Predicate;
import reactor.core.publisher.Flux;

/** Cuts a stream of entries into chunks bounded by number and bytes, asking for no more than the chunk in hand needs. */
final class Chunks {

    static final int JOBS = 4_096;
    static final int BYTES = 4 * 1024 * 1024;

    private Chunks() {}

    static Flux<List<Entry>> of(Flux<Entry> entries) {
        return Flux.defer(() -> entries.bufferUntil(new Full()));
    }

    private static final class Full implements Predicate<Entry> {

        private int jobs;
        private long bytes;

        @Override
        public boolean test(Entry entry) {
            jobs++;
            bytes += entry.bytes();
            if (jobs < JOBS && bytes < BYTES) {
                return false;
            }
            jobs = 0;
            bytes = 0;
            return true;
        }
    }
}
