package io.awa.reactive.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.schema.SchemaMigrator;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Traps of section 6 of the design that belong to no protocol alone: what others in the same database do. */
class TrapsTest extends StorageTest {

    /** Every setting of the session that a transaction could have changed for itself. */
    private static final String SETTINGS =
            "select string_agg(name || '=' || coalesce(setting, ''), E'\\n' order by name)"
                    + " from pg_settings where context in ('user', 'superuser') and name not like 'transaction_%' and name not like 'plpgsql.%'"
                    + " and name not like 'awa.segment_%'";

    /** Trap 15: lane 1 of one schema is not lane 1 of another; a key's lock is not another schema's. */
    @Test
    void anotherSchemasLocksAreItsOwn() {
        String other = postgres().freshSchema("attack");
        SchemaMigrator.of(postgres().connections())
                .schema(other)
                .children(2)
                .migrate()
                .block(Session.PATIENCE);
        Session there = Session.open(postgres(), other);
        there.run("select ensure_lane('q', 1); select ensure_kind('k')");
        assertThat(there.number("select lock_key()")).isNotEqualTo(a.number("select lock_key()"));
        a.enqueue(1);
        there.enqueue(1);
        a.begin();
        assertThat(a.claim(1).size()).isEqualTo(1);
        assertThat(there.claim(1).size()).isEqualTo(1);
        a.commit();
        a.begin();
        assertThat(Ask.job(a, 1).stored()).isTrue();
        assertThat(Ask.job(there, 1).stored()).as("nobody waits").isTrue();
        a.run("select ensure_lane('q9', 1)");
        there.run("select ensure_lane('q9', 1)");
        a.commit();
        there.close();
        postgres().drop(other).block(Session.PATIENCE);
    }

    /** Trap 15: an application that happens to use the same number delays, and changes nothing else. */
    @Test
    void anApplicationsLockOnTheSameNumberOnlyDelays() {
        a.enqueue(2);
        b.run("select pg_advisory_lock(lock_key(), 1)");
        assertThat(a.claim(1).status()).isEqualTo("busy");
        b.run("select pg_advisory_unlock(lock_key(), 1)");
        // ... and one that does not take it at all can do no harm: the ledger's number decides
        a.begin();
        Taken taken = a.claim(1);
        var rival = b.send(Session.claimCall(1, 1, Session.nonce()));
        assertThat(Session.await(rival).get(0).text("status")).isEqualTo("busy");
        a.commit();
        assertThat(b.claim(5).seqs()).doesNotContainAnyElementsOf(taken.seqs()).hasSize(1);
    }

    /** Trap 16: whatever the library does in a caller's transaction leaves that transaction's settings as they were. */
    @Test
    void nothingLeaksIntoACallersTransaction() {
        Life life = Life.in(c, "q2");
        long held = life.job("running, held");
        for (String isolation : List.of("read committed", "repeatable read", "serializable")) {
            b.run("set lock_timeout = '7s'; set synchronous_commit = off");
            b.begin(isolation);
            b.run("set local statement_timeout = '9s'");
            String before = b.text(SETTINGS);
            assertThat(before).contains("lock_timeout=7000").contains("statement_timeout=9000");
            for (String call : List.of(
                    "select " + Session.enqueueCall(1, 1),
                    Ask.call(1, Ask.DEFAULT, null, true),
                    Ask.call(1, Ask.DEFAULT, null, false),
                    Ask.call(2, Ask.DEFAULT, 1_000, true),
                    "select request('{\"op\":\"cancel\",\"ids\":[]}')",
                    "select * from settle(array[" + ((1L << 50) + held) + "]::bigint[], array['c'], null, null, "
                            + Session.nonce() + ")",
                    "select * from job(" + held + ")")) {
                b.run(call);
                assertThat(b.text(SETTINGS)).as(call).isEqualTo(before);
            }
            b.rollback();
            b.begin(isolation);
            b.run("select " + Session.enqueueCall(1));
            assertThat(b.text("select current_setting(guard_name(), true)")).isNotEmpty();
            b.commit();
            assertThat(b.text("select coalesce(current_setting(guard_name(), true), '') || '.'"))
                    .as("the proof goes with the transaction")
                    .isEqualTo(".");
            b.run("reset lock_timeout; reset synchronous_commit");
        }
    }

    /** Trap 16: on a function this setting would have no effect; a lane sets it on its connection. */
    @Test
    void noFunctionSetsHowToCommit() {
        assertThat(a.number(
                        "select count(*) from pg_proc p join pg_namespace n on n.oid = p.pronamespace where n.nspname = '"
                                + schema() + "' and (p.proconfig::text like '%synchronous_commit%' or p.prosrc like"
                                + " '%synchronous_commit%')"))
                .isZero();
    }

    /** Trap 16: passes that wait for little set their own limit, and give the session its own back. */
    @Test
    void passesGiveTheSessionItsLimitBack() {
        Life life = Life.in(c, "q2");
        long due = life.scheduled("interval '0'");
        a.begin();
        a.run(Life.call("cancel", "{}", due));
        b.begin();
        b.run("set local lock_timeout = '200ms'");
        String before = b.text(SETTINGS);
        b.run("select * from promote(0, clock_timestamp(), null, null, 10, " + Session.nonce() + ")");
        assertThat(b.text(SETTINGS)).isEqualTo(before);
        b.commit();
        a.rollback();
    }

    /** Trap 27: as pg_dump does it, every table read-locked in an old snapshot; it delays the prune, and nothing else. */
    @Test
    void aDumpDelaysThePruneAndNothingElse() {
        a.enqueue(3);
        long later = Life.in(a, "q").scheduled("interval '0'");
        b.begin("repeatable read");
        for (String table : a.texts("select format('%I', c.relname) from pg_class c join pg_namespace n on n.oid ="
                + " c.relnamespace where n.nspname = '" + schema() + "' and c.relkind = 'r' order by 1")) {
            b.run("lock table " + table + " in access share mode");
        }
        a.run("set lock_timeout = '1s'");
        Taken claim = a.claim(3);
        assertThat(claim.size()).isEqualTo(3);
        a.complete(claim);
        assertThat(Lives.promote(a, 0)).isEqualTo(1);
        assertThat(a.complete(a.claim(1)).fresh()).isEqualTo("1");
        assertThat(Life.state(a, later)).isEqualTo("completed");
        assertThat(Ask.job(a, 1).stored()).isTrue();
        assertThat(a.row(
                                "select * from submit(array[1], array[1], array[25], array['{}'], null, null, null, null, null,"
                                        + " true, false)")
                        .longs("fates"))
                .containsExactly(0L);
        assertThat(a.rotate()).isEqualTo("Rotated");
        a.complete(a.claim(2));
        assertThat(a.seal(1)).isEqualTo("Sealed");
        a.exhaust(1);
        assertThat(a.finish(1)).isEqualTo("Finished");
        assertThat(a.prune(1)).isEqualTo("Blocked");
        a.enqueue(1);
        assertThat(a.claim(1).size()).isEqualTo(1);
        b.commit();
        assertThat(a.prune(1)).isEqualTo("Pruned");
    }

    /** Trap 27: a question of operators holds what it reads for its own statement; prune is Blocked, then Pruned. */
    @Test
    void aQuestionDelaysThePruneForItsOwnStatement() {
        long id = a.put(1, 1).get(0);
        a.complete(a.claim(1));
        a.rotate();
        a.seal(1);
        a.exhaust(1);
        assertThat(a.finish(1)).isEqualTo("Finished");
        Gate gate = Gate.before(c, "job", "if p.live is null").shut();
        var asked = b.send("select state from job(" + id + ")");
        session().untilBlocked(b);
        Row blocked = a.row("select * from prune(1, interval '0')");
        assertThat(blocked.text("outcome")).isEqualTo("Blocked");
        assertThat(blocked.text("relation")).isEqualTo("jobs_0");
        gate.open();
        assertThat(Session.await(asked).get(0).text("state")).isEqualTo("completed");
        assertThat(a.prune(1)).isEqualTo("Pruned");
        assertThat(Life.state(a, id)).isEqualTo("unknown");
        // the other way round: a prune that is not committed keeps the question waiting, and it finds nothing
        // afterwards
        a.enqueue(1);
        a.complete(a.claim(1));
        a.rotate();
        assertThat(a.seal(2)).isEqualTo("Sealed");
        a.exhaust(1);
        a.finish(2);
        a.begin();
        assertThat(a.prune(2)).isEqualTo("Pruned");
        asked = b.send("select * from job(" + (id + 1) + ")");
        session().untilBlocked(b);
        a.commit();
        assertThat(Session.await(asked)).isEmpty();
    }

    /** Trap 27, in the store. */
    @Test
    void aListDelaysThePruneOfAStoreForItsOwnStatement() {
        long entry = Entered.add(a, "t", -1);
        Entered.rotate(a);
        Entered.end(a, 0, "x", entry);
        Entered.seal(a, 1);
        assertThat(Entered.finish(a, 1)).isEqualTo("Finished");
        Gate gate = Gate.before(c, "list_due", "r := null;").shut();
        var asked = b.send("select * from jobs('{\"states\":[\"retrying\"]}', null, 10, 10)");
        session().untilBlocked(b);
        assertThat(a.row("select * from prune_store(1)").text("outcome")).isEqualTo("Blocked");
        gate.open();
        Session.await(asked);
        assertThat(Entered.prune(a, 1)).isEqualTo("Pruned");
    }
}
