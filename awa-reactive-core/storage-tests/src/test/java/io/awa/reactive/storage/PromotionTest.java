package io.awa.reactive.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.Awa;
import io.awa.reactive.engine.PromoteOutcome;
import io.awa.reactive.engine.Promotion;
import io.r2dbc.spi.ConnectionFactory;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Promotion through the engine: what its low-water saves, and that it loses nobody. */
class PromotionTest extends StorageTest {

    private Awa awa = null;
    private Promotion promotion = null;
    private StatementCounter counter = null;

    @BeforeEach
    void start() {
        counter = new StatementCounter(postgres().connections());
        awa = Awa.builder((ConnectionFactory) counter).schema(schema()).build();
        promotion = awa.engine().promotion();
    }

    @AfterEach
    void stop() {
        promotion.close().then(awa.close()).block(Session.PATIENCE);
    }

    @Test
    void outcomes() {
        assertThat(promote()).isEqualTo(new PromoteOutcome.Idle(false));
        List<String> woken = new CopyOnWriteArrayList<>();
        awa.engine().onStored(woken::add);
        List<Long> entries = Entered.add(a, "s", -1, 3);
        assertThat(promote()).isEqualTo(new PromoteOutcome.Promoted(3, false, Set.of("q")));
        assertThat(woken).containsExactly("q");
        assertThat(a.row("select array_agg(origin order by pos) as x from jobs_0")
                        .longs("x"))
                .isEqualTo(entries);

        long blocked = Entered.add(a, "s", -1);
        b.begin();
        Entered.end(b, 0, "x", blocked);
        assertThat(promote()).isEqualTo(new PromoteOutcome.Blocked(false));
        b.commit();
        assertThat(promote()).isEqualTo(new PromoteOutcome.Idle(false));
    }

    /** A pause stops claims, not time: what is due stands in its lane when the queue is resumed. */
    @Test
    void aPausedQueueIsPromotedAndNotClaimed() {
        long entry = Entered.add(a, "s", -1);
        assertThat(awa.admin().pause("q", "test").block(Session.PATIENCE)).isTrue();
        assertThat(promote()).isEqualTo(new PromoteOutcome.Promoted(1, false, Set.of("q")));
        assertThat(Life.state(a, entry)).isEqualTo("available");
        assertThat(a.claim(1).positions()).isEmpty();
        assertThat(awa.admin().resume("q").block(Session.PATIENCE)).isTrue();
        assertThat(a.claim(1).positions()).hasSize(1);
        assertThat(Life.state(a, entry)).isEqualTo("running");
    }

    /** A round is a statement, and so is the news of it. */
    @Test
    void statements() {
        promote();
        counter.reset();
        promote();
        assertThat(counter.texts()).singleElement().asString().contains("promote_round");
        Entered.add(a, "s", -1, 500);
        counter.reset();
        promote();
        assertThat(counter.texts()).hasSize(2);
    }

    /** The entry is due long before its transaction commits, and many passes go by. */
    @Test
    void aLateCommitIsPromoted() {
        a.begin();
        long late = Entered.add(a, "s", -1);
        for (int i = 0; i < 5; i++) {
            Entered.add(b, "s", -1, 3);
            assertThat(promote()).isInstanceOf(PromoteOutcome.Promoted.class);
            promote();
        }
        a.commit();
        assertThat(promote()).isEqualTo(new PromoteOutcome.Promoted(1, false, Set.of("q")));
        assertThat(b.number("select count(*) from jobs_0 where origin = " + late))
                .isEqualTo(1);
        for (int i = 0; i < 4; i++) {
            assertThat(promote()).isEqualTo(new PromoteOutcome.Idle(false));
        }
    }

    @Test
    void aLateCommitAtRepeatableReadAcrossARotation() {
        a.begin("repeatable read");
        long late = Entered.add(a, "t", -1);
        Entered.add(b, "s", -1, 3);
        promote();
        assertThat(Entered.rotate(b)).isEqualTo("Rotated");
        assertThat(Entered.seal(b, 1)).isEqualTo("Blocked");
        promote();
        promote();
        a.commit();
        assertThat(Entered.seal(b, 1)).isEqualTo("Sealed");
        assertThat(promote()).isEqualTo(new PromoteOutcome.Promoted(1, false, Set.of("q")));
        assertThat(b.number("select count(*) from jobs_0 where origin = " + late))
                .isEqualTo(1);
    }

    /** A pass costs the same whatever was promoted before, and under a snapshot that stays. */
    @Test
    void thePagesOfAPassDoNotDependOnWhatWasPromoted() {
        b.begin("repeatable read");
        Entered.add(a, "s", 3_600_000, 1_000);
        long few = steady();
        for (int i = 0; i < 10; i++) {
            Entered.add(a, "s", -1, 4_000);
            promote();
        }
        settle();
        long many = steady();
        assertThat(many).isLessThan(few + 40);
        b.commit();
    }

    /** A writer of something else that stays open: the low-water waits for it, and so does nobody else. */
    @Test
    void aLongWriterDelaysNothing() {
        b.begin();
        b.run("select pg_current_xact_id()");
        for (int i = 0; i < 5; i++) {
            Entered.add(a, "s", -1, 100);
            assertThat(promote()).isEqualTo(new PromoteOutcome.Promoted(100, false, Set.of("q")));
        }
        b.rollback();
        assertThat(promote()).isEqualTo(new PromoteOutcome.Idle(false));
    }

    @Test
    void aNewConnectionStartsAnew() {
        Entered.add(a, "s", -1, 10);
        promote();
        settle();
        a.run("select pg_terminate_backend(pid, 5000) from pg_stat_activity where application_name like '%promote'"
                + " and query like '%" + schema() + "%'");
        // An entry that a healthy system cannot have: far below the low-water. Only a walk from the beginning finds it.
        a.run(
                "insert into entries_0 (entry, origin, created_at, due_at, lane, kind, attempt, max_attempts, state, args)"
                        + " select nextval('entry_ids'), currval('entry_ids'), now(), '2001-01-01', 1, 1, 0, 25, 's', '{}'");
        assertThat(promotion.promote(100, Session.nonce()).retry(2).block(Session.PATIENCE))
                .isEqualTo(new PromoteOutcome.Promoted(1, false, Set.of("q")));
    }

    private long steady() {
        Entered.add(a, "s", -1, 50);
        promote();
        settle();
        Row level = a.row("select (extract(epoch from clock_timestamp()) * 1000000)::bigint as since");
        assertThat(((PromoteOutcome.Idle) promote()).more()).isFalse();
        String round = "select * from promote_round(array[1]::bigint[], array[" + level.number("since")
                + "]::bigint[], array[0]::bigint[], 4096, 1)";
        a.run(round);
        return Load.buffers(a, round);
    }

    private void settle() {
        for (int i = 0; i < 3; i++) {
            promote();
        }
    }

    private PromoteOutcome promote() {
        return Objects.requireNonNull(promotion.promote(4_096, Session.nonce()).block(Session.PATIENCE));
    }
}
