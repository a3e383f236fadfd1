package io.awa.reactive.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.Awa;
import io.awa.reactive.engine.Rescue;
import io.awa.reactive.engine.RescueOutcome;
import io.awa.reactive.engine.Workers;
import io.awa.reactive.testkit.AwaPostgres;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;

/** Whole passes through the library: who is dead by when, what a leader remembers, and how long ten thousand take. */
class RescueEngineTest extends StorageTest {

    private static final Duration STALENESS = Duration.ofMillis(600);
    private static final Rescue.Limits LIMITS = new Rescue.Limits(STALENESS, Duration.ZERO);

    private Awa awa = null;
    private Rescue rescue = null;
    private int worker = 0;

    @BeforeEach
    void engine() {
        awa = Awa.builder(postgres().connections())
                .schema(schema())
                .name("rescue-test")
                .build();
        rescue = awa.engine().rescue();
        worker = (int) a.number("select register_worker('w')");
    }

    @AfterEach
    void close() {
        rescue.close().then(awa.close()).block(Session.PATIENCE);
    }

    /** Claims of one job each are the worst there is. */
    @ParameterizedTest
    @ValueSource(ints = {500, 10, 1})
    void tenThousandOrphans(int each) {
        a.run("set synchronous_commit = off");
        for (int i = 0; i < 10; i++) {
            a.enqueue(1_000);
        }
        a.run("do $$ begin for i in 1 .. " + 10_000 / each + " loop perform claim(1, " + each + ", " + worker + ", ("
                + worker + "::bigint << 32) + i); commit; end loop; end $$");
        a.run("select stop_worker(" + worker + ")");
        assertThat(pass()).isEqualTo(new RescueOutcome.Rescued(10_000, 0, 0, 0, 0, 0));
        a.run("insert into workers (name, stopped_at) values ('again', now())");
        a.run("update entries_0 set due_at = now()");
        for (int i = 0; i < 10; i++) {
            a.run("select promote(0, clock_timestamp(), null, null, 1000, " + Session.nonce() + ")");
        }
        a.run("do $$ begin for i in 1 .. " + 10_000 / each + " loop perform claim(1, " + each + ", " + (worker + 1)
                + ", (" + (worker + 1) + "::bigint << 32) + i); commit; end loop; end $$");
        long start = System.nanoTime();
        assertThat(pass()).isEqualTo(new RescueOutcome.Rescued(10_000, 0, 0, 0, 0, 0));
        System.out.printf("10,000 orphans in claims of %d: %d ms%n", each, (System.nanoTime() - start) / 1_000_000);
        assertThat(pass()).isEqualTo(new RescueOutcome.Idle());
        a.rotate();
        assertThat(a.reclaim(1)).isEqualTo("Pruned");
    }

    /** Trap 10: nobody is dead before this leader has watched for as long as the staleness. */
    @Test
    void aNewLeaderWaits() {
        orphan(2);
        a.run("update workers set beat_at = now() - interval '1 day'");
        long start = System.nanoTime();
        assertThat(pass()).isEqualTo(new RescueOutcome.Idle());
        untilRescued(1);
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(STALENESS);
    }

    /** Two passes far apart: nobody looked meanwhile, perhaps because nobody could, so the watch begins anew. */
    @Test
    void afterAStallTheWatchBeginsAnew() {
        orphan(1);
        pass();
        a.run("select pg_sleep(0.7)");
        assertThat(pass()).isEqualTo(new RescueOutcome.Idle());
        assertThat(a.row("select * from rescue_scope(600, 1000, (date_part('epoch', clock_timestamp()) * 1e6)::bigint"
                                + " + 1000000, false)")
                        .number("beaten_us"))
                .as("the clock went back")
                .isZero();
        untilRescued(1);
    }

    /** Trap 10: the connection is lost: what was known of claims goes with it, and the watch begins anew. */
    @Test
    void aLostConnection() {
        orphan(1);
        pass();
        for (int i = 0; i < 3; i++) {
            assertThat(a.number("select count(pg_terminate_backend(pid, 5000)) from pg_stat_activity"
                            + " where application_name = 'rescue-test rescue'"))
                    .isEqualTo(1);
            Mono.delay(Duration.ofMillis(250)).block();
            assertThat(rescue.pass(LIMITS, Session::nonce)
                            .onErrorResume(e -> rescue.pass(LIMITS, Session::nonce))
                            .block(Session.PATIENCE))
                    .isEqualTo(new RescueOutcome.Idle());
        }
        untilRescued(1);
    }

    /** Forty processes with five jobs each, of which every second one dies: within its time all of theirs, and no other. */
    @Test
    void fortyProcesses() {
        List<Integer> alive = new ArrayList<>();
        List<Taken> theirs = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            int process = (int) a.number("select register_worker('w')");
            a.run("select beat(" + process + ")");
            a.enqueue(5);
            long nonce = Session.nonce();
            Taken claim = Taken.of(a.row("select * from claim(1, 5, " + process + ", " + nonce + ")"), nonce, false);
            if (i % 2 == 0) {
                alive.add(process);
                theirs.add(claim);
            }
        }
        String beats = "select count(beat(w)) from unnest(array" + alive + ") w";
        long start = System.nanoTime();
        RescueOutcome outcome = new RescueOutcome.Idle();
        while (!(outcome instanceof RescueOutcome.Rescued)) {
            a.run(beats);
            outcome = pass();
            assertThat(System.nanoTime() - start).isLessThan(Session.PATIENCE.toNanos());
        }
        assertThat(outcome).isEqualTo(new RescueOutcome.Rescued(100, 0, 0, 0, 0, 0));
        a.run(beats);
        assertThat(pass()).isEqualTo(new RescueOutcome.Idle());
        assertThat(theirs)
                .allSatisfy(claim -> assertThat(a.complete(claim).accepted()).isEqualTo("11111"));
        assertThat(a.number("select count(*) from entries_0 where state = 't'")).isEqualTo(100);
    }

    /** Trap 10: the server's own start counts as a beat of everybody. */
    @Test
    void aServerThatStartedJustNow() {
        try (AwaPostgres own = AwaPostgres.start(AwaPostgres.Options.defaults())) {
            String schema = Servers.schema(own);
            Session session = Session.open(own, schema);
            session.run("select register_worker('w'); update workers set beat_at = now() - interval '1 day'");
            long now = session.number("select (date_part('epoch', clock_timestamp()) * 1e6)::bigint");
            assertThat(session.row("select * from rescue_scope(3600000, 1, " + now + ", true)")
                            .number("beaten_us"))
                    .isZero();
            assertThat(session.row("select * from rescue_scope(3600000, 1, " + now + ", true)")
                            .longs("dead"))
                    .isEmpty();
            session.close();
        }
    }

    /** What keeps a segment from being given back comes first: of those that are sealed the oldest, then the others. */
    @Test
    void sealedSegmentsComeFirst() {
        orphan(1);
        b.begin();
        b.enqueue(1);
        a.rotate();
        orphan(1);
        a.rotate();
        assertThat(a.seal(1)).isEqualTo("Blocked");
        assertThat(a.seal(2)).isEqualTo("Sealed");
        orphan(1);
        a.run("select stop_worker(" + worker + ")");
        assertThat(pass()).isEqualTo(new RescueOutcome.Rescued(3, 0, 0, 0, 0, 0));
        assertThat(a.texts("select x.segment from (select 1 as segment, at from closures_0 union all select 2, at from"
                        + " closures_1 union all select 3, at from closures_2) x order by x.at"))
                .containsExactly("2", "1", "3");
        b.rollback();
    }

    /** A process of which nothing is left is not looked at again until it beats; its later claims are rescued anyway. */
    @Test
    void rescuedProcesses() {
        orphan(1);
        a.run("select stop_worker(" + worker + ")");
        assertThat(pass()).isInstanceOf(RescueOutcome.Rescued.class);
        assertThat(a.row("select rescued_at as x from workers").isNull("x")).isTrue();
        pass();
        assertThat(a.row("select rescued_at as x from workers").isNull("x")).isFalse();
        String rows = a.text("select (w.*)::text from workers w");
        pass();
        assertThat(a.text("select (w.*)::text from workers w")).isEqualTo(rows);
        orphan(1);
        assertThat(pass()).isEqualTo(new RescueOutcome.Rescued(1, 0, 0, 0, 0, 0));
        a.run("update workers set stopped_at = null");
        a.run("select beat(" + worker + ")");
        assertThat(a.row("select rescued_at as x from workers").isNull("x")).isTrue();
    }

    /** Trap 20: what a beat says through the library; the row stays in its page, whatever the list and the name. */
    @Test
    void beatsWithClaims() {
        Workers workers = awa.engine().workers();
        int named = Objects.requireNonNull(
                workers.register("\ud83d\udc26".repeat(99)).block());
        var ranges = java.util.stream.LongStream.range(0, 49)
                .mapToObj(i -> new io.awa.reactive.engine.CounterRange(i * 10, i * 10 + 5))
                .toList();
        assertThat(workers.beat(named, ranges).block()).isTrue();
        assertThat(workers.beat(named).block()).isTrue();
        assertThat(a.number("select count(*) from (select unnest(live) from workers where worker = " + named + ") x"))
                .isEqualTo(49);
        assertThat(a.number("select pg_relation_size(reltoastrelid) from pg_class where oid = 'workers'::regclass"))
                .isZero();
        assertThat(a.text("select pg_column_compression(live) from workers where worker = " + named))
                .isEqualTo("null");
        workers.stop(named).block();
        assertThat(workers.beat(named, ranges).block()).isFalse();
        workers.close().block();
    }

    /** Held attempts past their deadline: the low-water rises, so that no pass reads the ended ones again. */
    @Test
    void expiryReadsWhatIsNewOnly() {
        a.run("select add_entries(array(select row(null, null, clock_timestamp(), null, i, 1, 1, " + worker
                + ", 1, 25, null, 'h', null, null, '{}', null)::new_entry from generate_series(1, 2500) i))");
        assertThat(pass()).isEqualTo(new RescueOutcome.Rescued(0, 0, 2_500, 0, 0, 0));
        pass();
        pass();
        long reads = reads();
        a.run("select add_entries(array(select row(null, null, clock_timestamp(), null, i, 1, 1, " + worker
                + ", 1, 25, null, 'h', null, null, '{}', null)::new_entry from generate_series(2501, 2503) i))");
        assertThat(pass()).isEqualTo(new RescueOutcome.Rescued(0, 0, 3, 0, 0, 0));
        assertThat(reads() - reads).isLessThan(100);
    }

    private long reads() {
        Mono.delay(Duration.ofMillis(1_100)).block();
        pass();
        a.run("select pg_stat_clear_snapshot()");
        return a.number(
                "select coalesce(sum(idx_tup_read), 0) from pg_stat_user_indexes where indexrelname = 'entries_0_expiry'"
                        + " and schemaname = '" + schema() + "'");
    }

    private void orphan(int n) {
        a.enqueue(n);
        String status = "again";
        while (status.equals("again")) {
            status = a.row("select * from claim(1, " + n + ", " + worker + ", " + Session.nonce() + ")")
                    .text("status");
        }
    }

    private void untilRescued(int claims) {
        long end = System.nanoTime() + Session.PATIENCE.toNanos();
        RescueOutcome outcome = pass();
        while (!(outcome instanceof RescueOutcome.Rescued) && System.nanoTime() < end) {
            Mono.delay(Duration.ofMillis(20)).block();
            outcome = pass();
        }
        assertThat(outcome).isInstanceOf(RescueOutcome.Rescued.class);
        assertThat(a.number("select count(*) from closures_0")).isEqualTo(claims);
    }

    private RescueOutcome pass() {
        return Objects.requireNonNull(rescue.pass(LIMITS, Session::nonce).block(Session.PATIENCE));
    }
}
