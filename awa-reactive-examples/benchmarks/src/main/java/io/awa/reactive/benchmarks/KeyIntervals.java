package io.awa.reactive.benchmarks;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** Attempts by key and time, and how often more of a key were at work than may be. For one thread. */
final class KeyIntervals {

    private final Map<String, List<Interval>> byKey = new HashMap<>();

    void add(Interval one) {
        byKey.computeIfAbsent(one.key(), key -> new ArrayList<>()).add(one);
    }

    Stream<Interval> of(String key) {
        return byKey.getOrDefault(key, List.of()).stream();
    }

    long count(Predicate<Interval> which) {
        return byKey.values().stream().flatMap(List::stream).filter(which).count();
    }

    /** How many attempts began while as many of their key as may be were at work. One that ends when another begins is over. */
    long exceeded(int limit) {
        long exceeded = 0;
        for (List<Interval> attempts : byKey.values()) {
            PriorityQueue<Long> ends = new PriorityQueue<>();
            for (Interval one : attempts.stream()
                    .sorted(Comparator.comparingLong(Interval::began))
                    .toList()) {
                while (!ends.isEmpty() && ends.peek() <= one.began()) {
                    ends.poll();
                }
                if (ends.size() >= limit) {
                    exceeded++;
                }
                ends.add(one.ended());
            }
        }
        return exceeded;
    }

    /** The most of one key at once. */
    int most() {
        int most = 1;
        while (exceeded(most) > 0) {
            most++;
        }
        return byKey.isEmpty() ? 0 : most;
    }

    /**
     * An attempt.
     *
     * @param key   its concurrency key
     * @param id    its job
     * @param began in microseconds
     * @param ended likewise
     */
    record Interval(String key, long id, long began, long ended) {}
}
