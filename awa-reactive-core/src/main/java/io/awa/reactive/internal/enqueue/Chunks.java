package io.awa.reactive.internal.enqueue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.IntSupplier;
import java.util.function.Predicate;
import reactor.core.publisher.Flux;

/**
 * Cuts a stream of entries into chunks bounded by number, bytes and unique keys, asking for no more than the chunk in hand
 * needs. Each key is a row of the server's lock table until its transaction ends, and that table is bounded.
 */
final class Chunks {

    static final int JOBS = 4_096;
    static final int BYTES = 4 * 1024 * 1024;
    static final int KEYS = 256;

    private Chunks() {}

    static Flux<List<Entry>> of(Flux<Entry> entries) {
        return of(entries, () -> KEYS);
    }

    private static Flux<List<Entry>> of(Flux<Entry> entries, IntSupplier keys) {
        return Flux.defer(() -> entries.bufferUntil(new Full(keys)));
    }

    /**
     * The same, with no more jobs of one queue in a chunk than its producers may store at once.
     *
     * @param keys how many there may be; asked again for each job
     */
    static Flux<List<Entry>> of(Flux<Entry> entries, Pacer pacer, IntSupplier keys) {
        return pacer.idle() ? of(entries, keys) : Flux.defer(() -> entries.bufferUntil(new Burst(pacer, keys)));
    }

    /** The same items, in order, in parts of at most so many keys. */
    static <T> List<List<T>> byKeys(List<T> items, Function<T, Entry> entry) {
        List<List<T>> parts = new ArrayList<>();
        int from = 0;
        int keys = 0;
        for (int i = 0; i < items.size(); i++) {
            if (entry.apply(items.get(i)).unique() && ++keys > KEYS) {
                parts.add(items.subList(from, i));
                from = i;
                keys = 1;
            }
        }
        parts.add(items.subList(from, items.size()));
        return parts;
    }

    /** Full, or one queue's part of it is. */
    private static final class Burst implements Predicate<Entry> {

        private final Full full;
        private final Map<String, Integer> left = new HashMap<>();
        private final Pacer pacer;

        Burst(Pacer pacer, IntSupplier keys) {
            this.pacer = pacer;
            this.full = new Full(keys);
        }

        @Override
        public boolean test(Entry entry) {
            int more =
                    left.merge(entry.job().queue(), pacer.most(entry.job().queue()) - 1, (before, fresh) -> before - 1);
            if (!full.test(entry) && more > 0) {
                return false;
            }
            full.clear();
            left.clear();
            return true;
        }
    }

    private static final class Full implements Predicate<Entry> {

        private final IntSupplier most;
        private int jobs;
        private long bytes;
        private int keys;

        Full(IntSupplier most) {
            this.most = most;
        }

        @Override
        public boolean test(Entry entry) {
            jobs++;
            bytes += entry.bytes();
            keys += entry.unique() ? 1 : 0;
            if (jobs < JOBS && bytes < BYTES && keys < most.getAsInt()) {
                return false;
            }
            clear();
            return true;
        }

        void clear() {
            jobs = 0;
            bytes = 0;
            keys = 0;
        }
    }
}
