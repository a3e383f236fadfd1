package io.awa.reactive.chaos;

import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Something that goes wrong for a while, and is over when this returns.
 *
 * @param name   for reports
 * @param lasts  how long it lasts in a short run
 * @param strike does it
 */
record Fault(String name, Duration lasts, Strike strike) {

    /** Every fault there is. */
    static List<Fault> all() {
        return List.of(
                of("workers killed and restarted", 3, ProcessFaults::killed),
                of("worker frozen", 5, ProcessFaults::frozen),
                of("leader frozen", 12, ProcessFaults::leaderFrozen),
                of("server killed and restarted", 1, ServerFaults::killed),
                of("sessions terminated", 3, ServerFaults::terminated),
                of("server out of connections", 3, ServerFaults::outOfConnections),
                of("pool exhausted", 3, ServerFaults::poolExhausted),
                of("readers hold tables", 4, LockFaults::readers),
                of("open producer on the hot lane", 4, LockFaults::openProducer),
                of("dump", 3, LockFaults::dump),
                of("slow flushes", 3, FlushFaults::slow),
                of("failing flushes", 3, FlushFaults::failing),
                of("network cut", 2, NetworkFaults::cut),
                of("connections reset again and again", 3, NetworkFaults::flapping),
                of("network stalled", 3, NetworkFaults::stalled),
                of("network stalled one way", 3, NetworkFaults::oneWay),
                of("network slow", 3, NetworkFaults::slow),
                of("half-open connections", 1, NetworkFaults::halfOpen));
    }

    static Fault named(String name) {
        return all().stream()
                .filter(fault -> fault.name.equals(name))
                .findFirst()
                .orElseThrow();
    }

    /**
     * Whether everybody notices within seconds. Who is told nothing gives up a silent connection only after the statement's
     * time is over.
     */
    boolean isNoticedSoon() {
        return !name.startsWith("half-open");
    }

    /** Whether sessions of bystanders end with it. */
    boolean endsSessions() {
        return name.startsWith("server killed");
    }

    private static Fault of(String name, int seconds, Strike strike) {
        return new Fault(name, Duration.ofSeconds(seconds), strike);
    }

    /** What a fault does. */
    @FunctionalInterface
    interface Strike {
        /**
         * Breaks something of one schema, or of the server, for a time, and mends it.
         *
         * @param tenant the schema that is hit, where not all are
         */
        void at(World world, Tenant tenant, SplittableRandom random, Duration time);
    }
}
