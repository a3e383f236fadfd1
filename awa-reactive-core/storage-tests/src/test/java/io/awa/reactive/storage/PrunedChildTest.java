package io.awa.reactive.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.Awa;
import io.awa.reactive.engine.Promotion;
import io.awa.reactive.engine.Rescue;
import io.awa.reactive.engine.Stores;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

/**
 * A prune whose commit takes its time keeps a child for longer than anybody waits for an end. Whoever reads that child
 * meanwhile waits for it: a refusal would be an error in the server's log, and a pass less.
 */
class PrunedChildTest extends StorageTest {

    private final AtomicLong nonces = new AtomicLong(1_000);
    private Awa awa;

    @BeforeEach
    void start() {
        awa = Awa.builder(postgres().connections()).schema(schema()).build();
        Entered.add(a, "s", -1);
    }

    @AfterEach
    void stop() {
        awa.close().block(Session.PATIENCE);
    }

    @Test
    void promotionWaits() {
        Promotion promotion = awa.engine().promotion();
        waits(promotion.promote(100, nonces.incrementAndGet()), "promote");
        promotion.close().block(Session.PATIENCE);
    }

    @Test
    void rescueWaits() {
        Rescue rescue = awa.engine().rescue();
        waits(rescue.pass(new Rescue.Limits(Duration.ofSeconds(1), Duration.ZERO), nonces::incrementAndGet), "rescue");
        rescue.close().block(Session.PATIENCE);
    }

    @Test
    void maintenanceOfTheStoreWaits() {
        Stores stores = awa.engine().stores();
        long first = stores.list().blockFirst(Session.PATIENCE).number();
        waits(stores.live(first), "store maintenance");
        stores.close().block(Session.PATIENCE);
    }

    private void waits(Mono<?> pass, String lane) {
        b.begin();
        Stream.of("entries_0", "endings_0", "claims_0", "closures_0")
                .forEach(table -> b.run("lock table " + table + " in access exclusive mode"));
        CompletableFuture<?> done = pass.toFuture();
        while (!done.isDone() && !isWaiting(lane)) {
            Thread.onSpinWait();
        }
        b.run("select pg_sleep(0.25)");
        assertThat(done).isNotDone();
        b.commit();
        assertThat(done).succeedsWithin(Session.PATIENCE);
    }

    private boolean isWaiting(String lane) {
        return a.number("select count(*) from pg_stat_activity where wait_event_type = 'Lock'"
                        + " and application_name like '% " + lane + "' and query like '%" + schema() + "%'")
                > 0;
    }
}
