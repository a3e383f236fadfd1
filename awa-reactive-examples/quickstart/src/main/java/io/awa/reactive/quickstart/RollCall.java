package io.awa.reactive.quickstart;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;

/** Which numbers were called: a bit each, and nothing for a page that is complete, so that it may run for days. */
final class RollCall {

    private static final int PAGE = 1 << 16;
    private static final Page COMPLETE = new Page(0);

    private final ConcurrentMap<Long, Page> pages = new ConcurrentHashMap<>();

    /**
     * Calls a number.
     *
     * @param number not negative
     * @return false where it was called before
     */
    boolean first(long number) {
        Long index = number / PAGE;
        Page page = pages.computeIfAbsent(index, i -> new Page(PAGE));
        if (page == COMPLETE || !page.set((int) (number % PAGE))) {
            return false;
        }
        if (page.missing.decrementAndGet() == 0) {
            pages.put(index, COMPLETE);
        }
        return true;
    }

    private static final class Page {

        private final AtomicLongArray words;
        private final AtomicInteger missing;

        Page(int size) {
            words = new AtomicLongArray(size / Long.SIZE);
            missing = new AtomicInteger(size);
        }

        boolean set(int bit) {
            long mask = 1L << bit;
            return (words.getAndUpdate(bit / Long.SIZE, word -> word | mask) & mask) == 0;
        }
    }
}
