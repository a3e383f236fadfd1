package io.awa.reactive.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Held attempts of dead processes, past their deadline, and parked ones whose callback does not come. */
class RescueHeldTest extends StorageTest {

    private int worker = 0;

    @BeforeEach
    void worker() {
        worker = (int) a.number("select register_worker('holder')");
        a.run("set lock_timeout = '50ms'");
    }

    @Test
    void ofADeadProcess() {
        hold(3, 25, null);
        hold(1, 1, null);
        a.run("select settle(array[1::bigint], array['c'], null, null, " + Session.nonce() + ")");

        Row row = a.row(Rescuer.heldCall("{" + worker + "}"));

        assertThat(row.number("crashed")).isEqualTo(3);
        assertThat(row.number("exhausted")).isEqualTo(1);
        assertThat(row.longs("met")).containsOnly((long) worker);
        assertThat(standing()).containsExactly("f1crash_exhausted", "t1", "t1");
        assertThat(a.rows("select * from settle(array[2::bigint], array['c'], null, null, 77)"))
                .isEmpty();
        assertThat(a.row(Rescuer.heldCall("{" + worker + "}")).longs("met")).isEmpty();
    }

    /** A parked attempt needs no process. */
    @Test
    void aParkedOneSurvivesItsProcess() {
        hold(1, 25, null);
        a.run("select settle(array[1::bigint], array['w'], array[3600000], null, " + Session.nonce() + ")");
        assertThat(a.row(Rescuer.heldCall("{" + worker + "}")).number("crashed"))
                .isZero();
        assertThat(standing()).containsExactly("w1");
    }

    @Test
    void pastItsDeadline() {
        hold(1, 25, "1");
        hold(1, 1, "1");
        hold(1, 25, "3600000");
        hold(1, 25, null);
        a.run("select pg_sleep(0.02)");
        assertThat(a.row(Rescuer.expiredCall(0, 60_000)).number("late")).isZero();
        Row row = a.row(Rescuer.expiredCall(0, 5));
        assertThat(row.number("late")).isEqualTo(2);
        assertThat(row.number("exhausted")).isEqualTo(1);
        assertThat(standing()).containsExactly("f1deadline_exhausted", "h1", "h1", "t1");
    }

    /** The grace is the process's; a parked attempt has none. The queue's dead letters get what is exhausted. */
    @Test
    void noCallbackInTime() {
        a.run("update queues set dead_letter = true");
        hold(1, 25, null);
        hold(1, 1, null);
        a.run("select settle(array[1, 2]::bigint[], array['w', 'w'], array[1, 1], null, " + Session.nonce() + ")");
        a.run("select pg_sleep(0.02)");
        Row row = a.row(Rescuer.expiredCall(0, 60_000));
        assertThat(row.number("callbacks")).isEqualTo(2);
        assertThat(standing()).containsExactly("d1callback_timeout", "t1");
        assertThat(a.text("select extras #>> '{errors,-1,class}' from entries_0 where state = 't'"))
                .isEqualTo("CallbackTimeout");
    }

    /** Trap 14: a caller's open transaction that ends the attempt holds up nobody, and nothing else is left out. */
    @Test
    void behindACallersTransaction() {
        hold(20, 25, "1");
        a.run("select pg_sleep(0.02)");
        b.begin();
        b.rows("select * from settle(array[7::bigint], array['c'], null, null, " + Session.nonce() + ")");
        long start = System.nanoTime();
        Row row = a.row(Rescuer.expiredCall(0, 0));
        assertThat(System.nanoTime() - start).isLessThan(10_000_000_000L);
        assertThat(row.number("busy")).isEqualTo(1);
        assertThat(row.number("late")).isEqualTo(19);
        long due = a.number("select (date_part('epoch', due_at) * 1e6)::bigint from entries_0 where lease = 7");
        assertThat(row.number("clear_us")).isEqualTo(due);
        b.rollback();
        assertThat(a.row(Rescuer.expiredCall(row.number("clear_us"), 0)).number("late"))
                .isEqualTo(1);

        hold(1, 25, null);
        b.begin();
        b.rows("select * from settle(array[21::bigint], array['c'], null, null, " + Session.nonce() + ")");
        assertThat(a.row(Rescuer.heldCall("{" + worker + "}")).number("busy")).isEqualTo(1);
        b.commit();
        assertThat(a.row(Rescuer.heldCall("{" + worker + "}")).longs("met")).isEmpty();
        assertThat(a.number("select count(*) from entries_0 e where state <> 'h'"))
                .isEqualTo(20);
    }

    /** The other order: the attempt's own end waits for the rescue and is stale. */
    @Test
    void beforeAnEnd() {
        hold(1, 25, null);
        a.begin();
        a.row(Rescuer.heldCall("{" + worker + "}"));
        CompletableFuture<List<Row>> own = b.send("select * from settle(array[1::bigint], array['c'], null, null, 5)");
        c.untilBlocked(b);
        a.commit();
        assertThat(Session.await(own).get(0).flag("accepted")).isFalse();
        assertThat(b.rows("select * from settle(array[1::bigint], array['c'], null, null, 5)"))
                .isEmpty();
        assertThat(standing()).containsExactly("t1");
    }

    /** Two rescuers, and a promotion of what the first one wrote. */
    @Test
    void onceEach() {
        hold(5, 25, null);
        a.begin();
        assertThat(a.row(Rescuer.heldCall("{" + worker + "}")).number("crashed"))
                .isEqualTo(5);
        b.run("set lock_timeout = '50ms'");
        assertThat(b.row(Rescuer.heldCall("{" + worker + "}")).number("busy")).isEqualTo(5);
        a.commit();
        assertThat(b.row(Rescuer.heldCall("{" + worker + "}")).number("crashed"))
                .isZero();
        a.run("select pg_sleep(0.01); update queues set backoff_ms = 1, backoff_max_ms = 1");
        a.run("update entries_0 set due_at = now() where state = 't'");
        assertThat(a.row("select * from promote(0, clock_timestamp(), null, null, 100, 99)")
                        .number("promoted"))
                .isEqualTo(5);
        Taken again = a.claim(10);
        assertThat(again.size()).isEqualTo(5);
        assertThat(a.row("select min(attempt) as x from jobs_0 where origin is not null")
                        .number("x"))
                .isEqualTo(1);
        a.complete(again);
        a.rotate();
        assertThat(a.reclaim(1)).isEqualTo("Pruned");
    }

    /** The process that runs the attempt is told to give it up; a dead one is not. */
    @Test
    void theProcessIsTold() {
        a.run("do $$ begin execute 'listen ' || channel(); end $$");
        hold(1, 25, "1");
        a.run("select pg_sleep(0.01)");
        var told = a.connection().getNotifications().next().toFuture();
        a.row(Rescuer.expiredCall(0, 0));
        a.run("select 1");
        assertThat(Session.await(told).getParameter()).isEqualTo("\u0001cancel " + worker + " 0 1");
    }

    /** A claim's late member is named by nonce and ordinal. */
    @Test
    void theClaimsProcessIsTold() {
        a.run("do $$ begin execute 'listen ' || channel(); end $$");
        a.run("select enqueue(array[1], array[1], array[9], array['1', '2'], array[null, '{\"deadline\": 1}'])");
        Taken claim = Taken.of(a.row("select * from claim(1, 2, " + worker + ", " + Session.nonce() + ")"), 0, false);
        a.run("select pg_sleep(0.01)");
        var told = a.connection().getNotifications().next().toFuture();
        assertThat(new Rescuer(a).pass(1).number("late")).isEqualTo(1);
        a.run("select 1");
        assertThat(Session.await(told).getParameter())
                .isEqualTo("\u0001cancel " + worker + " "
                        + a.text("select nonce from claims_0 where no = " + claim.no()) + " 1");
    }

    /** The mark is an xid that nobody has: above every running one, and a later writer's at most. */
    @Test
    void theMarkLiesAboveEveryRunningTransaction() {
        List<Long> running = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            Session writer = session();
            writer.begin();
            running.add(writer.number("select pg_current_xact_id()::text::bigint") & 0xffff_ffffL);
        }
        long mark = a.row(Rescuer.expiredCall(0, 0)).number("mark");
        long mine = a.number("select pg_current_xact_id()::text::bigint");
        assertThat(mark).isLessThanOrEqualTo(mine).isGreaterThan(Collections.max(running));
        assertThat(a.row(Rescuer.expiredCall(0, 0)).number("xmin")).isLessThan(mark);
    }

    /** Holds n new jobs under leases that count from 1; expires in milliseconds. */
    private void hold(int n, int maxAttempts, String expires) {
        long from = a.number("select count(*) from entries_0 where state = 'h'");
        for (int i = 1; i <= n; i++) {
            a.run("select enqueue(array[1], array[1], array[" + maxAttempts + "], array['{}'], null)");
            long nonce = Session.nonce();
            Taken claim = Taken.of(a.row("select * from claim(1, 1, " + worker + ", " + nonce + ")"), nonce, false);
            a.run("select * from close(array[" + claim.segment() + "], array[1], array[" + claim.no() + "], array["
                    + nonce + "], array['1'], array['h'], " + nonce + ", array[1], array[0], array['h'], array["
                    + expires + "]::bigint[], array[" + (from + i) + "]::bigint[], null)");
        }
    }

    private List<String> standing() {
        return a.texts("select concat(state, attempt, extras ->> 'reason') from entries_0 e"
                + " where not exists (select from endings_0 x where x.entry = e.entry) order by 1");
    }
}
