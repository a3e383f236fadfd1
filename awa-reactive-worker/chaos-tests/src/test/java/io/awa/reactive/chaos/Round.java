package io.awa.reactive.chaos;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Lets a fault strike while everybody works, and waits until everything goes on. */
final class Round {

    private final World world;
    private final SplittableRandom random;
    private final Journal journal;

    Round(World world, SplittableRandom random, Journal journal) {
        this.world = world;
        this.random = random;
        this.journal = journal;
    }

    void strike(Fault fault, Tenant hit, Duration time, Duration limit) {
        world.tenants.forEach(tenant -> tenant.reports.gapMillis());
        System.err.println("chaos: " + fault.name() + " at " + hit.name + " for " + time.toMillis() + " ms");
        long began = System.nanoTime();
        try {
            fault.strike().at(world, hit, random.split(), time);
        } finally {
            world.heal();
        }
        long lasted = (System.nanoTime() - began) / 1_000_000;
        List<Recovery> recoveries = new ArrayList<>();
        List<Future<Recovery>> waits = new ArrayList<>();
        ExecutorService threads = Executors.newFixedThreadPool(world.tenants.size());
        world.tenants.forEach(tenant -> waits.add(threads.submit(() -> Recovery.of(tenant, limit))));
        threads.shutdown();
        for (Future<Recovery> wait : waits) {
            recoveries.add(get(wait));
        }
        journal.add(fault.name(), hit.name, lasted, recoveries);
    }

    private static Recovery get(Future<Recovery> wait) {
        try {
            return wait.get();
        } catch (ExecutionException e) {
            throw new AssertionError(e.getCause().getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
