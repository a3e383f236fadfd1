package io.awa.reactive.chaos;

import io.r2dbc.spi.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Faults of the server and its connections. */
final class ServerFaults {

    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final int MANY = 400;

    private ServerFaults() {}

    /** SIGKILL to all of it, and a start some time later. */
    static void killed(World world, Tenant tenant, SplittableRandom random, Duration time) {
        world.kill();
        World.lasting(Duration.ofMillis(random.nextLong(1 + time.toMillis())));
        world.server.restart();
    }

    /** Sessions of the library are terminated, some or all, several times a second. */
    static void terminated(World world, Tenant tenant, SplittableRandom random, Duration time) {
        long end = System.nanoTime() + time.toNanos();
        do {
            terminate(world, tenant, random.nextInt(4) == 0 ? 1 : 0.3);
            World.lasting(Duration.ofMillis(50 + random.nextInt(300)));
        } while (System.nanoTime() < end);
    }

    /** All connections that the server has are taken, and workers lose theirs and get none. */
    static void outOfConnections(World world, Tenant tenant, SplittableRandom random, Duration time) {
        List<Connection> hog = new ArrayList<>();
        try {
            terminate(world, tenant, 1);
            while (hog.size() < MANY && hog.addAll(more(world))) {
                continue;
            }
            World.lasting(time);
        } finally {
            Flux.fromIterable(hog)
                    .flatMap(Connection::close, 32, 1)
                    .onErrorComplete()
                    .then()
                    .block(PATIENCE);
        }
    }

    /** Somebody keeps every connection of the application's pool. */
    static void poolExhausted(World world, Tenant tenant, SplittableRandom random, Duration time) {
        // One after the other: asked for at once by flatMap, r2dbc-pool 1.0.2 hands out more than anybody hears of.
        List<Connection> kept = Flux.range(0, Tenant.POOL)
                .concatMap(i -> tenant.pool.create(), 0)
                .collectList()
                .blockOptional(PATIENCE)
                .orElseThrow();
        World.lasting(time);
        Flux.fromIterable(kept).concatMap(Connection::close).then().block(PATIENCE);
    }

    private static void terminate(World world, Tenant tenant, double share) {
        try {
            world.server
                    .query("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name LIKE '"
                            + tenant.name + "%' AND random() < " + share)
                    .blockLast(PATIENCE);
        } catch (RuntimeException e) {
            tenant.stored.refused(e);
        }
    }

    private static List<Connection> more(World world) {
        return Flux.range(0, 8)
                .flatMap(
                        i -> world.server
                                .connections()
                                .create()
                                .cast(Connection.class)
                                .onErrorResume(e -> Mono.empty()),
                        8,
                        1)
                .collectList()
                .blockOptional(PATIENCE)
                .orElseThrow();
    }
}
