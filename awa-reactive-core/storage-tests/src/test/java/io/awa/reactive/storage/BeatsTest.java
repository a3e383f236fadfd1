package io.awa.reactive.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Beats without a list of claims leave no dead row, count as beats, and their cells have one owner at a time. */
class BeatsTest extends StorageTest {

    private static final int CELLS = 32;
    private static final String ROWS =
            "select string_agg((w.*)::text || ctid || xmin, '|' order by worker) from workers w";

    private int worker = 0;

    @BeforeEach
    void register() {
        worker = registered();
    }

    @Test
    void aBeatLeavesTheRowAlone() {
        beat(worker);
        String row = a.text("select (w.*)::text || ctid || xmin from workers w");
        for (int i = 0; i < 100; i++) {
            beat(worker);
        }
        assertThat(a.text("select (w.*)::text || ctid || xmin from workers w")).isEqualTo(row);
    }

    @Test
    void aBeatIsSeenAtOnceByEverySnapshot() {
        beat(worker);
        a.run("update workers set beat_at = now() - interval '1 hour'");
        a.run("select setval(cell, 1) from workers");
        b.begin("repeatable read");
        assertThat(b.number(silentSeconds(worker))).isGreaterThan(3_000);
        beat(worker);
        assertThat(b.number(silentSeconds(worker))).isLessThan(60);
        b.rollback();
    }

    /** The row is an hour old, the cell is not: alive. Both are old: dead. */
    @Test
    void rescueGoesByTheCell() {
        a.enqueue(2);
        Taken taken = a.claim(1, 1, ((long) worker << 32) + 1);
        a.run("update workers set beat_at = now() - interval '1 hour'");
        beat(worker);
        Rescuer rescuer = new Rescuer(a).beaten("clock_timestamp() - interval '1 minute'");
        assertThat(rescuer.pass(1).number("crashed")).isZero();
        a.run("select setval(cell, (date_part('epoch', now() - interval '1 hour') * 1e6)::bigint) from workers");
        assertThat(dead()).isEqualTo(worker + "");
        assertThat(rescuer.pass(1).number("crashed")).isEqualTo(1);
        assertThat(a.complete(taken).accepted()).isEqualTo("0");
    }

    /** Somebody makes a lane, or a cell: nobody waits for that. */
    @Test
    void whoFindsNoCellBeatsIntoItsRow() {
        beat(worker);
        for (int i = 1; i < CELLS; i++) {
            beat(registered());
        }
        assertThat(cells()).isEqualTo(CELLS);
        int late = registered();
        a.run("update workers set beat_at = now() - interval '1 hour' where worker = " + late);
        b.run("select pg_advisory_lock(lock_key(), 0)");
        a.run("set lock_timeout = '50ms'");
        beat(late);
        assertThat(cells()).isEqualTo(CELLS);
        assertThat(a.number(silentSeconds(late))).isLessThan(60);
        b.run("select pg_advisory_unlock(lock_key(), 0)");
        a.run("select stop_worker(" + worker + ")");
        beat(late);
        assertThat(cell(late)).isNotEqualTo("null");
        assertThat(cells()).isEqualTo(CELLS);
        assertThat(made()).isEqualTo(CELLS);
    }

    /** Forty at work: each has a cell, and none leaves a dead row. Forty others take the same ones. */
    @Test
    void moreProcessesThanCells() {
        int[] first = new int[40];
        for (int i = 0; i < first.length; i++) {
            first[i] = registered();
            beat(first[i]);
        }
        assertThat(a.number("select count(distinct cell) from workers")).isEqualTo(40);
        String rows = a.text(ROWS);
        for (int process : first) {
            beat(process);
        }
        assertThat(a.text(ROWS)).isEqualTo(rows);
        a.run("select stop_worker(w) from unnest(array" + Arrays.toString(first) + ") w");
        for (int i = 0; i < first.length; i++) {
            beat(registered());
        }
        assertThat(cells()).isEqualTo(40);
        assertThat(made()).isEqualTo(40);
    }

    /** Two want one more at once: one makes it, the other does not wait, and has its own by its next beat. */
    @Test
    void oneIsMadeAtATime() {
        for (int i = 0; i < CELLS; i++) {
            beat(registered());
        }
        int other = registered();
        b.begin();
        b.run("select beat(" + worker + ")");
        a.run("set lock_timeout = '50ms'");
        beat(other);
        assertThat(cell(other)).isEqualTo("null");
        b.commit();
        beat(other);
        assertThat(cell(other)).isNotEqualTo(cell(worker)).isNotEqualTo("null");
        assertThat(made()).isEqualTo(CELLS + 2);
    }

    /** A maker that fails leaves nothing behind, and the next one makes it. */
    @Test
    void aCellThatWasNotCommitted() {
        for (int i = 0; i < CELLS; i++) {
            beat(registered());
        }
        b.begin();
        b.run("select beat(" + worker + ")");
        b.rollback();
        assertThat(cell(worker)).isEqualTo("null");
        beat(worker);
        assertThat(cell(worker)).isNotEqualTo("null");
        assertThat(made()).isEqualTo(CELLS + 1);
    }

    /** Workers of several roles, members of the owner: one makes a cell, the others read it, and inherit it. */
    @Test
    void aCellThatAnotherRoleMade() {
        String maker = member();
        String heir = member();
        for (int i = 0; i < CELLS; i++) {
            beat(registered());
        }
        a.run("set role " + maker);
        beat(worker);
        a.run("reset role");
        String cell = cell(worker);
        assertThat(cell).isNotEqualTo("null");
        assertThat(made()).isEqualTo(CELLS + 1);

        a.run("set role " + heir);
        a.run("update workers set beat_at = now() - interval '1 hour' where worker = " + worker);
        assertThat(a.number(silentSeconds(worker))).isLessThan(60);
        a.run("select stop_worker(" + worker + ")");
        int other = registered();
        beat(other);
        a.run("reset role");
        assertThat(cell(other)).isEqualTo(cell);
        c.run("drop owned by " + maker + ", " + heir + " cascade; drop role " + maker + ", " + heir);
    }

    /** Others could not use what it makes: it makes none, and beats into its row. */
    @Test
    void whoIsNoMemberOfTheOwner() {
        String stranger = postgres().freshSchema("role");
        c.run("create role " + stranger + "; grant create, usage on schema " + schema() + " to " + stranger
                + "; grant all on all tables in schema " + schema() + " to " + stranger
                + "; grant all on all sequences in schema " + schema() + " to " + stranger);
        for (int i = 0; i < CELLS; i++) {
            beat(registered());
        }
        a.run("update workers set beat_at = now() - interval '1 hour' where worker = " + worker);
        a.run("set role " + stranger);
        beat(worker);
        a.run("reset role");
        assertThat(cell(worker)).isEqualTo("null");
        assertThat(a.number(silentSeconds(worker))).isLessThan(60);
        assertThat(made()).isEqualTo(CELLS);
        c.run("drop owned by " + stranger + " cascade; drop role " + stranger);
    }

    /** What one role makes with a queue's first job and first token, the others use. */
    @Test
    void aLaneAndALimitThatAnotherRoleMade() {
        String maker = member();
        String heir = member();
        a.run("set role " + maker);
        int lane = lane("new", 2);
        a.run("select * from lease_tokens(array[1], array[1.0::float8], array[5], array[1])");
        a.run("set role " + heir);
        assertThat(a.number("select nextval(lane_sequence(" + lane + "))")).isPositive();
        assertThat(a.number("select granted from lease_tokens(array[1], array[1.0::float8], array[5], array[1])"))
                .isEqualTo(1);
        a.run("reset role");
        c.run("drop owned by " + maker + ", " + heir + " cascade; drop role " + maker + ", " + heir);
    }

    private String member() {
        String role = postgres().freshSchema("role");
        c.run("create role " + role);
        c.run("do $x$ begin execute format('grant %I to " + role + "', current_user); end $x$");
        return role;
    }

    /** Taken for dead and found empty, its cell given away: it lives after all, and nobody's beat is another's. */
    @Test
    void aProcessWhoseCellIsGoneLives() {
        for (int i = 1; i < CELLS; i++) {
            beat(registered());
        }
        beat(worker);
        String cell = cell(worker);
        a.run("update workers set rescued_at = now() where worker = " + worker);
        int heir = registered();
        beat(heir);
        assertThat(cell(heir)).isEqualTo(cell);
        assertThat(cell(worker)).isEqualTo("null");
        a.run("update workers set beat_at = now() - interval '1 hour'");
        beat(worker);
        assertThat(a.row("select rescued_at as x from workers where worker = " + worker)
                        .isNull("x"))
                .isTrue();
        assertThat(a.number(silentSeconds(worker))).isLessThan(60);
        a.run("select setval(cell, 1) from workers where worker = " + heir);
        beat(worker);
        assertThat(a.number(silentSeconds(heir))).as("the heir did not beat").isGreaterThan(3_000);
    }

    /** Two look for a cell at once: the second waits for the first and takes another. */
    @Test
    void aCellHasOneOwner() {
        int other = registered();
        b.begin();
        b.run("select beat(" + worker + ")");
        CompletableFuture<Void> second = CompletableFuture.runAsync(() -> beat(other));
        awaitBlocked(second);
        b.commit();
        second.join();
        assertThat(cell(other)).isNotEqualTo(cell(worker)).isNotEqualTo("null");
    }

    @Test
    void aProcessThatStoppedDoesNotBeat() {
        beat(worker);
        a.run("select stop_worker(" + worker + ")");
        assertThat(a.text("select beat(" + worker + ")")).isEqualTo("null");
        assertThat(a.text("select beat(" + worker + ", '{[1,2)}')")).isEqualTo("null");
        assertThat(cells()).isZero();
    }

    private void awaitBlocked(CompletableFuture<Void> second) {
        long until = System.nanoTime() + Session.PATIENCE.toNanos();
        String waiting =
                "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and query like '%beat(%'";
        while (c.number(waiting) == 0) {
            assertThat(second).isNotDone();
            assertThat(System.nanoTime()).isLessThan(until);
        }
    }

    private int registered() {
        return (int) a.number("select register_worker('w')");
    }

    private void beat(int number) {
        assertThat(a.text("select beat(" + number + ")::text")).isEqualTo("true");
    }

    private String cell(int number) {
        return a.text("select cell::text from workers where worker = " + number);
    }

    private long cells() {
        return a.number("select count(cell) from workers");
    }

    private long made() {
        return a.number("select count(*) from pg_class where relkind = 'S' and relname ~ '^beat_[0-9]+$'"
                + " and relnamespace = '" + schema() + "'::regnamespace");
    }

    private String dead() {
        return a.text("select coalesce(string_agg(d::text, ','), '') from rescue_scope(500, 1,"
                + " (date_part('epoch', clock_timestamp()) * 1e6)::bigint, true), unnest(dead) d");
    }

    private static String silentSeconds(int number) {
        return "select date_part('epoch', clock_timestamp() - last_beat(beat_at, cell))::bigint from workers"
                + " where worker = " + number;
    }
}
