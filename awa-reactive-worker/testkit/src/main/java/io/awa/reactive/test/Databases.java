package io.awa.reactive.test;

import io.awa.reactive.Awa;
import java.time.Duration;
import java.time.Instant;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.scheduler.Schedulers;

/**
 * Databases for tests: copies of one that was migrated once in this process, which is many times faster than to migrate
 * each. One is made ahead while a test runs, and what is given back is dropped behind it.
 */
final class Databases {

    private static final String PREFIX = "awa_test_";
    /** Segments that a schema can hold at once; few, so that a copy is quick. */
    static final int CHILDREN = 8;

    private static final Duration LEFT_BEHIND = Duration.ofHours(24);
    private static final Databases SHARED = new Databases();

    private final String run = PREFIX + Long.toString(Instant.now().getEpochSecond(), Character.MAX_RADIX) + "_"
            + Long.toString(new SplittableRandom().nextLong(1L << 30), Character.MAX_RADIX);
    private final AtomicInteger numbers = new AtomicInteger();
    private final Queue<CompletableFuture<?>> drops = new ConcurrentLinkedQueue<>();
    private @Nullable Database template;
    private @Nullable CompletableFuture<Database> spare;

    private Databases() {}

    static Databases shared() {
        return SHARED;
    }

    /** A migrated database that nobody else has. Its clock stands at the template's. Blocks. */
    Database take() {
        Await.check();
        CompletableFuture<Database> mine;
        synchronized (this) {
            mine = spare == null ? CompletableFuture.completedFuture(copy(template())) : spare;
            Database from = template();
            spare = ahead(() -> copy(from));
        }
        return Await.value(mine);
    }

    /** Drops it, some time. */
    void giveBack(Database database) {
        drops.removeIf(CompletableFuture::isDone);
        drops.add(ahead(() -> {
            database.drop();
            return database;
        }));
    }

    /** Drops all of them. For the end: the next {@link #take} begins anew. */
    synchronized void close() {
        CompletableFuture<Database> unused = spare;
        spare = null;
        if (unused != null) {
            Await.end(unused.thenAccept(Database::drop));
        }
        drops.forEach(Await::end);
        drops.clear();
        Database known = template;
        template = null;
        if (known != null) {
            known.drop();
        }
    }

    private Database copy(Database from) {
        return from.copy(run + "_" + numbers.incrementAndGet());
    }

    private synchronized Database template() {
        Database known = template;
        if (known == null) {
            dropLeftBehind();
            known = Database.create(run + "_template" + numbers.incrementAndGet());
            known.run(ClockSql.CREATE);
            Awa awa = Awa.builder(known.connections()).children(CHILDREN).build();
            Await.end(awa.migrate().then(awa.close()));
            template = known;
        }
        return known;
    }

    // What runs that were killed did not drop, on a server that outlived them.
    private static void dropLeftBehind() {
        long before = Instant.now().minus(LEFT_BEHIND).getEpochSecond();
        for (String name : Database.onServer("SELECT datname FROM pg_database WHERE datname LIKE '"
                + PREFIX.replace("_", "\\_") + "%' AND has_database_privilege(datname, 'CREATE')")) {
            String made = name.substring(PREFIX.length()).split("_", 2)[0];
            if (made.matches("[0-9a-z]{1,10}") && Long.parseLong(made, Character.MAX_RADIX) < before) {
                Database.named(name).drop();
            }
        }
    }

    private static <T> CompletableFuture<T> ahead(Supplier<T> work) {
        return CompletableFuture.supplyAsync(
                work, task -> Schedulers.boundedElastic().schedule(task));
    }
}
