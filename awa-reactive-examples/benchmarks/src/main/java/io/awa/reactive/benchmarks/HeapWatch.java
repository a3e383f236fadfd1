package io.awa.reactive.benchmarks;

import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.lang.management.MemoryUsage;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;

/** The most that this process held: in use, garbage included, and what a collection left. */
final class HeapWatch implements AutoCloseable {

    private static final double MIB = 1024.0 * 1024;

    private final AtomicLong used = new AtomicLong();
    private final AtomicLong kept = new AtomicLong();
    private final Disposable looking =
            Flux.interval(Duration.ofMillis(100)).onBackpressureDrop().subscribe(tick -> look());

    private void look() {
        used.accumulateAndGet(
                ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed(), Math::max);
        long left = 0;
        for (MemoryPoolMXBean pool : ManagementFactory.getMemoryPoolMXBeans()) {
            MemoryUsage after = pool.getType() == MemoryType.HEAP ? pool.getCollectionUsage() : null;
            left += after == null ? 0 : after.getUsed();
        }
        kept.accumulateAndGet(left, Math::max);
    }

    /** Garbage included, in MiB. */
    double usedMax() {
        return used.get() / MIB;
    }

    /** What was left after a collection, in MiB; 0 where there was none. */
    double keptMax() {
        return kept.get() / MIB;
    }

    @Override
    public void close() {
        looking.dispose();
    }
}
