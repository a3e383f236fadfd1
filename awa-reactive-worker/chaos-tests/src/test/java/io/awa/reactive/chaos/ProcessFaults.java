package io.awa.reactive.chaos;

import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;

/** Faults of worker processes. */
final class ProcessFaults {

    /** Within this another process leads, when the one that led stands still. */
    static final Duration TAKEOVER = Duration.ofSeconds(10);

    /** Who stands still for longer may take an answer for lost that waits for it all the while. */
    private static final Duration DEAF = Duration.ofSeconds(25);

    private ProcessFaults() {}

    /** SIGKILL to one after the other, each started again soon. */
    static void killed(World world, Tenant tenant, SplittableRandom random, Duration time) {
        long end = System.nanoTime() + time.toNanos();
        do {
            Slot slot = any(tenant, random);
            slot.kill();
            World.lasting(Duration.ofMillis(random.nextInt(300)));
            slot.start();
            World.lasting(Duration.ofMillis(random.nextInt(700)));
        } while (System.nanoTime() < end);
    }

    /** SIGSTOP: its jobs are rescued while it stands still; when it goes on, what it ends is stale. */
    static void frozen(World world, Tenant tenant, SplittableRandom random, Duration time) {
        Slot slot = any(tenant, random);
        slot.freeze();
        long frozen = System.nanoTime();
        World.lasting(time);
        thaw(tenant, slot, frozen);
    }

    /** The process that leads stands still; another one leads in time, and the first does no harm when it goes on. */
    static void leaderFrozen(World world, Tenant hit, SplittableRandom random, Duration time) {
        // Who stands alone is followed by nobody.
        Tenant tenant = hit.slots.size() > 1 ? hit : world.big;
        Leader leader = Leader.of(tenant);
        Slot slot = leader.slot();
        slot.freeze();
        long frozen = System.nanoTime();
        try {
            World.until(
                    () -> "another leader than " + slot.name + ": " + Leader.seen(tenant),
                    TAKEOVER,
                    () -> Leader.seen(tenant)
                            .filter(now -> now.epoch() > leader.epoch())
                            .isPresent());
            System.err.println("chaos: " + tenant.name + " was led by " + leader + ", after "
                    + (System.nanoTime() - frozen) / 1_000_000 + " ms by "
                    + Leader.seen(tenant).orElse(null));
            World.lasting(time.minusNanos(System.nanoTime() - frozen));
        } finally {
            thaw(tenant, slot, frozen);
        }
    }

    private static void thaw(Tenant tenant, Slot slot, long frozen) {
        if (System.nanoTime() - frozen > DEAF.toNanos()) {
            tenant.deaf.add(slot.run());
        }
        slot.thaw();
    }

    static Slot any(Tenant tenant, SplittableRandom random) {
        List<Slot> slots = tenant.slots;
        return slots.get(random.nextInt(slots.size()));
    }
}
