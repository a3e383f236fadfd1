package io.awa.reactive.fanout;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * Looks at the memory and the threads of this process, a hundred times a second, on a thread of its own. Counted are all
 * threads that Java knows but its own, that of {@code main}, and those of the JVM.
 */
final class Watch {

    private static final long PAUSE = TimeUnit.MILLISECONDS.toNanos(10);
    private static final long MIB = 1 << 20;
    private static final String OWN = "watch";

    /** Those of the JVM itself, on JDK 17 to 25, and the one that runs main. */
    private static final Set<String> JVM = Set.of(
            "main",
            "Reference Handler",
            "Finalizer",
            "Signal Dispatcher",
            "Common-Cleaner",
            "Notification Thread",
            "Attach Listener",
            "Service Thread",
            "Monitor Deflation Thread",
            "process reaper");

    private final Thread thread = new Thread(this::run, OWN);
    private final Set<String> names = new TreeSet<>();
    private int threadsMax;
    private long heapMax;
    private volatile boolean over;

    private Watch() {
        thread.setDaemon(true);
    }

    static Watch start() {
        Watch watch = new Watch();
        watch.thread.start();
        return watch;
    }

    /** What was seen until now; it looks no more. */
    Figures end() {
        over = true;
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return new Figures(threadsMax, List.copyOf(names), heapMax / MIB, residentMax() / MIB);
    }

    private void run() {
        for (int look = 0; !over; look++) {
            heapMax = Math.max(
                    heapMax,
                    ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
            if (look % 10 == 0) {
                threads();
            }
            LockSupport.parkNanos(PAUSE);
        }
        threads();
    }

    private void threads() {
        Thread[] all = new Thread[Thread.activeCount() + 64];
        int count = Thread.currentThread().getThreadGroup().getParent() == null
                ? Thread.enumerate(all)
                : Thread.currentThread().getThreadGroup().getParent().enumerate(all, true);
        List<String> counted = Stream.of(all)
                .limit(count)
                .map(Thread::getName)
                .filter(name -> !name.equals(OWN) && !JVM.contains(name))
                .toList();
        threadsMax = Math.max(threadsMax, counted.size());
        names.addAll(counted);
    }

    // Linux keeps the high-water mark.
    private static long residentMax() {
        try (Stream<String> lines = Files.lines(Path.of("/proc/self/status"))) {
            return lines.filter(line -> line.startsWith("VmHWM:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
                    .findFirst()
                    .orElse(0);
        } catch (IOException e) {
            return 0;
        }
    }

    /** See {@link FanoutReport}. */
    record Figures(int threadsMax, List<String> threads, long heapMbMax, long rssMbMax) {}
}
