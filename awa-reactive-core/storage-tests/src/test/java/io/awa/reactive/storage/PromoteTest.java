package io.awa.reactive.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Promotion statement by statement: who gets an entry, in which order, and what stands in nobody's way. */
class PromoteTest extends StorageTest {

    @Test
    void whatIsDueStandsInItsLaneUnderItsId() {
        long later = Entered.add(a, "s", 3_600_000);
        long due = Entered.add(a, "s", -1);
        Row row = a.row(Entered.round(10));
        assertThat(row.number("promoted")).isEqualTo(1);
        assertThat(row.flag("more")).isFalse();
        assertThat(row.columns().get("queues")).isEqualTo(new String[] {"q"});
        a.claim(9);
        assertThat(a.number("select origin from jobs_0")).isEqualTo(due);
        assertThat(a.text("select state from job(" + due + ")")).isEqualTo("running");
        assertThat(a.text("select state from job(" + later + ")")).isEqualTo("scheduled");
    }

    /** While a finished store is being given back, nobody who promotes waits for it. */
    @Test
    void aFinishedStoreIsLeftAlone() {
        Entered.add(a, "s", -1);
        assertThat(a.row(Entered.round(10)).number("promoted")).isEqualTo(1);
        Entered.rotate(a);
        Entered.seal(a, 1);
        assertThat(Entered.finish(a, 1)).isEqualTo("Finished");
        Entered.add(a, "s", -1);
        b.begin();
        b.run("lock table entries_0, endings_0, progress_0, keys_0 in access exclusive mode");
        a.run("set lock_timeout = '50ms'");
        assertThat(a.texts("select promoted || ' ' || refused from promote_round('{}', '{}', '{}', 10, 7)"))
                .containsExactly("1 0");
        b.rollback();
    }

    @Test
    void byDueTimeAndNumberInEachLane() {
        int other = lane("q", 3);
        a.run(Entered.call("s", -1_000, 1, other));
        long now = a.number("select (extract(epoch from clock_timestamp()) * 1000)::bigint");
        for (int i : new int[] {40, 10, 30, 20}) {
            a.run(Entered.call("s", i, 2, i == 30 ? other : 1));
        }
        a.until("select 1 where extract(epoch from clock_timestamp()) * 1000 > " + (now + 80));
        assertThat(a.row(Entered.round(100)).number("promoted")).isEqualTo(9);
        for (int lane : new int[] {1, other}) {
            String positions = "from jobs_0 where pos >> 41 = " + lane;
            assertThat(a.texts("select origin " + positions + " order by pos"))
                    .isEqualTo(a.texts("select origin " + positions + " order by available_at, origin"));
        }
        assertThat(a.number("select count(*) from jobs_0 where pos >> 41 = " + other))
                .isEqualTo(3);
    }

    @Test
    void aRetryComesBackWithItsAttemptAndItsErrors() {
        a.enqueue(1);
        Taken first = a.claim(1);
        a.run("select * from close(array[" + first.segment() + "]::bigint[], array[1], array[" + first.no()
                + "]::bigint[], array[" + first.nonce() + "]::bigint[], array['1'], array['t'], 5, array[1], array[0],"
                + " array['t'], array[0]::bigint[], null, array['{\"error\": {\"message\": \"boom\"}}'])");
        assertThat(Entered.promote(a, 0)).isEqualTo(1);
        Row again = a.row(Session.claimCall(1, 9, 99));
        assertThat(again.longs("origins")).containsExactly(first.positions().get(0));
        assertThat(again.longs("meta").get(0) >> 16 & 0xffff).isEqualTo(1);
        assertThat(again.text("extras")).contains("boom", "\"attempt\": 1");
    }

    @Test
    void snoozedComesBackWithoutAnAttempt() {
        a.enqueue(1);
        Taken first = a.claim(1);
        a.run("select * from close(array[" + first.segment() + "]::bigint[], array[1], array[" + first.no()
                + "]::bigint[], array[" + first.nonce() + "]::bigint[], array['1'], array['z'], 5, array[1], array[0],"
                + " array['z'], array[0]::bigint[], null, null)");
        assertThat(Entered.promote(a, 0)).isEqualTo(1);
        assertThat(a.row(Session.claimCall(1, 9, 99)).longs("meta").get(0) >> 16 & 0xffff)
                .isZero();
    }

    @Test
    void aPassThatFindsNothingWritesNothing() {
        Entered.add(a, "s", 3_600_000, 50);
        Entered.add(a, "s", -1, 50);
        Entered.promote(a, 0);
        a.begin();
        assertThat(a.row(Entered.round(100)).number("promoted")).isZero();
        assertThat(a.text("select pg_current_xact_id_if_assigned()")).isEqualTo("null");
        a.commit();
        String before = a.text("select pg_current_wal_insert_lsn()");
        for (int i = 0; i < 20; i++) {
            a.run(Entered.round(100));
        }
        assertThat(a.number("select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '" + before + "')::bigint"))
                .as("other parties of the server may write a little")
                .isLessThan(20_000);
    }

    @Test
    void cancelBeforePromote() {
        long entry = Entered.add(a, "s", -1);
        assertThat(Entered.end(b, 0, "x", entry)).containsExactly(entry);
        assertThat(Entered.promote(a, 0)).isZero();
    }

    @Test
    void promoteBeforeCancel() {
        long entry = Entered.add(a, "s", -1);
        a.begin();
        assertThat(Entered.promote(a, 0)).isEqualTo(1);
        CompletableFuture<List<Row>> cancel = b.send(Entered.endCall(0, "x", entry));
        c.untilBlocked(b);
        a.commit();
        assertThat(Session.await(cancel).get(0).longs("answer")).isEmpty();
    }

    @Test
    void promoteWaitsForACancelThatIsRolledBack() {
        long entry = Entered.add(a, "s", -1);
        b.begin();
        Entered.end(b, 0, "x", entry);
        CompletableFuture<List<Row>> promote = a.send(Entered.promoteCall(0, "null", 10));
        c.untilBlocked(a);
        b.rollback();
        assertThat(Session.await(promote).get(0).number("promoted")).isEqualTo(1);
    }

    @Test
    void promoteWaitsForACancelThatCommits() {
        long entry = Entered.add(a, "s", -1);
        b.begin();
        Entered.end(b, 0, "x", entry);
        CompletableFuture<List<Row>> promote = a.send(Entered.promoteCall(0, "null", 10));
        c.untilBlocked(a);
        b.commit();
        assertThat(Session.await(promote).get(0).number("promoted")).isZero();
        assertThat(a.number("select count(*) from jobs_0")).isZero();
    }

    /** Trap 14: what another transaction is ending holds up nothing else, and no error reaches the server's log. */
    @Test
    void whoStandsInTheWayIsLeftOut() {
        List<Long> all = Entered.add(a, "s", -1, 100);
        b.begin();
        Entered.end(b, 0, "x", all.get(17), all.get(63));
        a.run("set lock_timeout = '50ms'");
        Row row = a.row(Entered.promoteCall(0, "null", 4_096));
        assertThat(row.number("promoted")).isEqualTo(98);
        assertThat(row.number("refused")).isPositive();
        assertThat(a.text("show lock_timeout")).isEqualTo("50ms");
        Row alone = a.row(Entered.promoteCall(0, "null", 4_096));
        assertThat(alone.number("promoted")).isZero();
        assertThat(alone.number("refused")).isGreaterThanOrEqualTo(2);
        b.rollback();
        assertThat(Entered.promote(a, 0)).isEqualTo(2);
    }

    /** The lock of the segment's child is refused: the ends are undone with it. */
    @Test
    void aLockedSegmentIsAnOutcome() {
        Entered.add(a, "s", -1, 3);
        b.begin();
        b.run("lock table jobs_0 in share mode");
        a.run("set lock_timeout = '50ms'");
        Row row = a.row(Entered.promoteCall(0, "null", 10));
        assertThat(row.number("promoted")).isZero();
        assertThat(row.number("refused")).isPositive();
        assertThat(a.number("select count(*) from endings_0")).isZero();
        b.rollback();
        assertThat(Entered.promote(a, 0)).isEqualTo(3);
    }

    @Test
    void twoPromotersShareNothing() {
        Entered.add(a, "s", -1, 300);
        a.begin();
        assertThat(a.row(Entered.promoteCall(0, "null", 100)).number("promoted"))
                .isEqualTo(100);
        CompletableFuture<List<Row>> rival = b.send(Entered.promoteCall(0, "null", 4_096));
        c.untilBlocked(b);
        a.commit();
        assertThat(Session.await(rival).get(0).number("promoted")).isEqualTo(200);
        assertThat(a.number("select count(distinct origin) from jobs_0")).isEqualTo(300);
        assertThat(a.number("select count(*) from jobs_0")).isEqualTo(300);
    }

    @Test
    void aPromotionThatIsRolledBackIsDoneAgain() {
        Entered.add(a, "s", -1, 3);
        a.begin();
        Entered.promote(a, 0);
        a.rollback();
        assertThat(a.number("select count(*) from endings_0")).isZero();
        assertThat(Entered.promote(b, 0)).isEqualTo(3);
        assertThat(b.claimAll()).hasSize(3);
    }

    @Test
    void aPromoterThatIsKilledLeavesEverything() {
        Entered.add(a, "s", -1, 3);
        Session victim = session();
        victim.begin();
        assertThat(Entered.promote(victim, 0)).isEqualTo(3);
        a.run("select pg_terminate_backend(" + victim.pid() + ", 5000)");
        assertThat(Entered.promote(b, 0)).isEqualTo(3);
        assertThat(b.claimAll()).hasSize(3);
        assertThat(b.number("select count(*) from jobs_0")).isEqualTo(3);
    }

    @Test
    void anOldSnapshotIsRefused() {
        a.begin("repeatable read");
        assertThat(a.refusal(Entered.promoteCall(0, "null", 10))).isEqualTo("25001");
        a.rollback();
        a.begin();
        a.run("select pg_current_xact_id()");
        assertThat(a.refusal(Entered.round(10)))
                .as("its mark would be too early")
                .isEqualTo("25001");
        a.rollback();
    }

    /** A walk in batches goes on exactly where the last one ended, also among entries of one moment. */
    @Test
    void batchesOfOneMoment() {
        a.run(
                "select add_entries(array(select row(null, null, '2020-01-01', null, null, 1, 1, null, 0, 25, null, 's', null,"
                        + " null, '{}'::json, null)::new_entry from generate_series(1, 25) i))");
        a.run(
                "insert into entries_0 (entry, origin, created_at, due_at, lane, kind, attempt, max_attempts, state, args)"
                        + " select nextval('entry_ids'), currval('entry_ids'), now(), '2020-01-01', 1, 1, 0, 25, 's', '{}'"
                        + " from generate_series(1, 25)");
        long from = Long.MIN_VALUE;
        long after = 0;
        int batches = 0;
        for (Row row = batch(from, after); ; row = batch(from, after)) {
            batches++;
            assertThat(row.number("seen")).isEqualTo(row.number("promoted"));
            if (!row.flag("more")) {
                break;
            }
            from = row.number("last_us");
            after = row.number("last");
        }
        assertThat(batches).isEqualTo(6);
        assertThat(a.number("select count(*) from jobs_0")).isEqualTo(50);
    }

    private Row batch(long from, long after) {
        return from == Long.MIN_VALUE
                ? a.row(Entered.round(10))
                : a.row("select * from promote_round(array[1]::bigint[], array[" + from + "]::bigint[], array[" + after
                        + "]::bigint[], 10, " + Session.nonce() + ")");
    }
}
