package io.awa.reactive.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.Awa;
import io.awa.reactive.engine.CarryOutcome;
import io.awa.reactive.engine.FinishOutcome;
import io.awa.reactive.engine.PruneOutcome;
import io.awa.reactive.engine.RotateOutcome;
import io.awa.reactive.engine.SealOutcome;
import io.awa.reactive.engine.Segment;
import io.awa.reactive.engine.Store;
import io.awa.reactive.engine.Stores;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

/** The store's maintenance through the engine: typed outcomes, and low-waters that a lost connection takes away. */
class StoresTest extends StorageTest {

    private Awa awa = null;
    private Stores stores = null;

    @BeforeEach
    void start() {
        awa = Awa.builder(postgres().connections())
                .schema(schema())
                .name(schema())
                .build();
        stores = awa.engine().stores();
    }

    @AfterEach
    void stop() {
        stores.close().then(awa.close()).block(Session.PATIENCE);
    }

    @Test
    void aWholeTurn() {
        assertThat(get(stores.rotate())).isEqualTo(new RotateOutcome.SkippedIdle());
        assertThat(get(stores.seal(1))).isEqualTo(new SealOutcome.Idle());
        List<Long> entries = Entered.add(a, "s", 1_000_000, 5);
        Entered.end(a, 0, "x", entries.get(0));
        assertThat(get(stores.rotate())).isEqualTo(new RotateOutcome.Rotated());
        b.begin();
        b.run("lock table entries_0 in row exclusive mode");
        assertThat(get(stores.seal(1))).isEqualTo(new SealOutcome.Blocked("entries_0"));
        b.commit();
        assertThat(get(stores.carry(1, 100, Session.nonce()))).isEqualTo(new CarryOutcome.Idle());
        assertThat(get(stores.seal(1))).isEqualTo(new SealOutcome.Sealed());
        assertThat(get(stores.count(1))).isEqualTo(5);
        assertThat(stores.count(1).block(Session.PATIENCE)).isNull();
        assertThat(get(stores.live(1))).isEqualTo(4);
        assertThat(get(stores.carry(1, 0, Session.nonce()))).isEqualTo(new CarryOutcome.Live());
        assertThat(get(stores.finish(1))).isEqualTo(new FinishOutcome.SkippedActive("entries"));
        assertThat(get(stores.carry(1, 3, Session.nonce()))).isEqualTo(new CarryOutcome.Carried(3));
        assertThat(get(stores.carry(1, 3, Session.nonce()))).isEqualTo(new CarryOutcome.Carried(1));
        assertThat(get(stores.carry(1, 3, Session.nonce()))).isEqualTo(new CarryOutcome.Spent());
        assertThat(get(stores.carryKeys(1, 3))).isEqualTo(new CarryOutcome.Spent());
        assertThat(get(stores.finish(1))).isEqualTo(new FinishOutcome.Finished());
        b.begin();
        b.run("select 1 from endings_0");
        assertThat(get(stores.prune(1, Duration.ZERO, Duration.ZERO))).isEqualTo(new PruneOutcome.Blocked("endings_0"));
        b.commit();
        assertThat(get(stores.prune(1, Duration.ZERO, Duration.ZERO))).isEqualTo(new PruneOutcome.Pruned(1));
        assertThat(get(stores.prune(1, Duration.ZERO, Duration.ZERO))).isEqualTo(new PruneOutcome.Idle());
        assertThat(get(stores.finish(1))).isEqualTo(new FinishOutcome.Idle());
        assertThat(Entered.live(a)).hasSize(4);
    }

    @Test
    void whatTheListSays() {
        Entered.add(a, "s", 1_000_000, 300);
        Entered.add(a, "s", -1, 300);
        Entered.promote(a, 0);
        stores.rotate().block(Session.PATIENCE);
        List<Store> all = get(stores.list().collectList());
        assertThat(all).extracting(Store::state).containsExactly(Segment.State.CLOSING, Segment.State.CURRENT);
        Store old = all.get(0);
        assertThat(old.entries()).isEqualTo(600);
        assertThat(old.ended()).as("by the size of a table").isBetween(300L, 450L);
        assertThat(old.ended(90)).isFalse();
        assertThat(old.ended(10)).isTrue();
        assertThat(old.bytes()).isPositive();
        assertThat(all.get(1).entries()).isZero();
        assertThat(all.get(1).ended(10)).isFalse();
    }

    /** Below a low-water nothing is looked at again; without one everything is. */
    @Test
    void aLostConnectionForgetsTheLowWater() {
        Entered.add(a, "s", 1_000_000, 3);
        get(stores.rotate());
        get(stores.seal(1));
        get(stores.carry(1, 10, Session.nonce()));
        a.run("delete from endings_0");
        assertThat(get(stores.carry(1, 10, Session.nonce()))).isEqualTo(new CarryOutcome.Spent());
        a.run("select pg_terminate_backend(pid, 5000) from pg_stat_activity where application_name like '" + schema()
                + " store%'");
        assertThat(get(stores.carry(1, 10, Session.nonce()).retry(2))).isEqualTo(new CarryOutcome.Carried(3));
    }

    private static <T> T get(Mono<T> mono) {
        return Objects.requireNonNull(mono.block(Session.PATIENCE));
    }
}
