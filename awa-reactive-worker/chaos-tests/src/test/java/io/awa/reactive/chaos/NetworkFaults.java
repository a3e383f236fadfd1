package io.awa.reactive.chaos;

import io.awa.reactive.testkit.TcpProxy;
import io.awa.reactive.testkit.TcpProxy.Direction;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/** Faults of the wires between worker processes and the server: of one process, or of all of a schema. */
final class NetworkFaults {

    private NetworkFaults() {}

    /** Every connection is reset, and no new one is let through. */
    static void cut(World world, Tenant tenant, SplittableRandom random, Duration time) {
        during(tenant, random, time, TcpProxy::cut);
    }

    /** Every connection is reset, several times a second. */
    static void flapping(World world, Tenant tenant, SplittableRandom random, Duration time) {
        long end = System.nanoTime() + time.toNanos();
        do {
            ProcessFaults.any(tenant, random).wire.reset();
            World.lasting(Duration.ofMillis(50 + random.nextInt(300)));
        } while (System.nanoTime() < end);
    }

    /** Nothing goes through, and nobody is told. */
    static void stalled(World world, Tenant tenant, SplittableRandom random, Duration time) {
        during(tenant, random, time, TcpProxy::stall);
    }

    static void oneWay(World world, Tenant tenant, SplittableRandom random, Duration time) {
        Direction direction = random.nextBoolean() ? Direction.TO_SERVER : Direction.TO_CLIENT;
        during(tenant, random, time, wire -> wire.stall(direction));
    }

    static void slow(World world, Tenant tenant, SplittableRandom random, Duration time) {
        Duration each = Duration.ofMillis(10 + random.nextInt(190));
        during(tenant, random, time, wire -> wire.delay(each));
    }

    /** The server has lost the connections of one process, and it does not know. */
    static void halfOpen(World world, Tenant tenant, SplittableRandom random, Duration time) {
        Slot slot = ProcessFaults.any(tenant, random);
        tenant.deaf.add(slot.run());
        slot.wire.halfOpen();
        World.lasting(time);
    }

    private static void during(Tenant tenant, SplittableRandom random, Duration time, Consumer<TcpProxy> harm) {
        List<Slot> hit = random.nextBoolean() ? tenant.slots : List.of(ProcessFaults.any(tenant, random));
        hit.forEach(slot -> harm.accept(slot.wire));
        World.lasting(time);
        hit.forEach(slot -> slot.wire.heal());
    }
}
