package io.awa.reactive.benchmarks;

import java.lang.management.ManagementFactory;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Where it was measured. */
final class Machine {

    private Machine() {}

    static Map<String, @Nullable Object> describe() {
        return new Report()
                .put("processors", Runtime.getRuntime().availableProcessors())
                .put("max_heap_bytes", Runtime.getRuntime().maxMemory())
                .put("os", System.getProperty("os.name") + " " + System.getProperty("os.version"))
                .put("java", System.getProperty("java.version"))
                .put("load_average_before", loadAverage())
                .fields();
    }

    private static @Nullable Double loadAverage() {
        double load = ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
        return load < 0 ? null : load;
    }
}
