package io.awa.reactive.chaos;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** Follows what the worker processes of one schema write, and knows when ends came. */
final class Reports implements AutoCloseable {

    private static final long GLANCE_NANOS = 20_000_000;

    /** Answers to callbacks that are due. */
    final Queue<String> tokens = new ConcurrentLinkedQueue<>();

    private final List<Followed> files = new CopyOnWriteArrayList<>();
    private final Map<String, AtomicLong> bySlot = new ConcurrentHashMap<>();
    private final Set<Long> endedJobs = ConcurrentHashMap.newKeySet();
    private final AtomicLong ended = new AtomicLong();
    private final AtomicLong lastEnd = new AtomicLong(System.nanoTime());
    private final AtomicLong longestGap = new AtomicLong();
    private final Object guard = new Object();
    private final List<Said> told = new ArrayList<>();
    private volatile boolean closed;

    Reports(String name) {
        Thread thread = new Thread(this::follow, "reports " + name);
        thread.setDaemon(true);
        thread.start();
    }

    void follow(Path file, String slot) {
        bySlot.computeIfAbsent(slot, key -> new AtomicLong());
        files.add(new Followed(file, slot));
    }

    /** Ends that workers were told they made, so far. */
    long ended() {
        return ended.get();
    }

    /** The same of the processes of one slot. */
    long ended(String slot) {
        AtomicLong count = bySlot.get(slot);
        return count == null ? 0 : count.get();
    }

    /** The longest time without an end since this was asked last, in milliseconds; one that lasts still counts. */
    long gapMillis() {
        long gap = Math.max(longestGap.getAndSet(0), System.nanoTime() - lastEnd.get());
        return gap / 1_000_000;
    }

    /** All that was told and is not forgotten, once everything written is read. */
    List<Told> all() {
        read();
        synchronized (guard) {
            return told.stream()
                    .map(said -> new Told(said.by.worker, said.job, said.code, said.accepted))
                    .toList();
        }
    }

    void forget() {
        read();
        synchronized (guard) {
            told.clear();
            endedJobs.clear();
        }
    }

    /** Whether the ends of these jobs were told. */
    boolean haveEnded(List<Long> jobs) {
        return endedJobs.containsAll(jobs);
    }

    @Override
    public void close() {
        closed = true;
    }

    private void follow() {
        while (!closed) {
            read();
            LockSupport.parkNanos(GLANCE_NANOS);
        }
    }

    private void read() {
        for (Followed file : files) {
            synchronized (file) {
                file.lines().forEach(line -> heard(file, line));
            }
        }
    }

    private void heard(Followed file, String line) {
        String[] words = line.split(" ");
        switch (words[0]) {
            case "W" -> file.worker = Integer.parseInt(words[1]);
            case "K" -> tokens.add(words[1]);
            case "R" -> add(new Said(file, Long.parseLong(words[1]), 'R', false));
            case "S" -> {
                boolean accepted = words[3].equals("1");
                add(new Said(file, Long.parseLong(words[1]), words[2].charAt(0), accepted));
                if (accepted) {
                    long now = System.nanoTime();
                    long gap = now - lastEnd.getAndSet(now);
                    longestGap.accumulateAndGet(gap, Math::max);
                    endedJobs.add(Long.parseLong(words[1]));
                    ended.incrementAndGet();
                    bySlot.get(file.slot).incrementAndGet();
                }
            }
            default -> throw new IllegalStateException(file.path + ": " + line);
        }
    }

    private void add(Said fact) {
        synchronized (guard) {
            told.add(fact);
        }
    }

    /**
     * What a process said.
     *
     * @param worker   its number; 0 where it died before it could tell
     * @param code     of the outcome; {@code R}: a handler began
     * @param accepted of an outcome
     */
    record Told(int worker, long job, char code, boolean accepted) {}

    private record Said(Followed by, long job, char code, boolean accepted) {}

    private static final class Followed {
        private final Path path;
        private final String slot;
        private long at;
        private @Nullable String rest;
        private volatile int worker;

        Followed(Path path, String slot) {
            this.path = path;
            this.slot = slot;
        }

        List<String> lines() {
            if (!Files.exists(path)) {
                return List.of();
            }
            try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "r")) {
                byte[] fresh = new byte[(int) (file.length() - at)];
                file.seek(at);
                file.readFully(fresh);
                at += fresh.length;
                String text = (rest == null ? "" : rest) + new String(fresh, StandardCharsets.UTF_8);
                int end = text.lastIndexOf('\n') + 1;
                rest = text.substring(end);
                return text.substring(0, end).lines().toList();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
