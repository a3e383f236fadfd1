package io.awa.reactive.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Claims of dead processes, lost claims, deadlines: what is ended, how, and what is left alone. */
class RescueTest extends StorageTest {

    private int alive = 0;
    private int dead = 0;

    @BeforeEach
    void workers() {
        alive = (int) a.number("select register_worker('alive')");
        dead = (int) a.number("select register_worker('dead')");
        a.run("update workers set beat_at = now() - interval '1 hour' where worker = " + dead);
        a.run("set lock_timeout = '50ms'");
    }

    @Test
    void onlyTheDeadOnesClaims() {
        a.enqueue(6);
        Taken mine = claim(alive, 2);
        Taken lost = claim(dead, 2);
        Taken more = claim(dead, 2);
        a.close(Item.completed(more, 1));

        Row row = rescuer().pass(1);

        assertThat(row.number("crashed")).isEqualTo(3);
        assertThat(row.number("exhausted")).isZero();
        assertThat(row.longs("met")).containsExactly((long) dead);
        assertThat(row.longs("open_nos")).containsExactly(mine.no(), lost.no(), more.no());
        assertThat(a.complete(mine).accepted()).isEqualTo("11");
        assertThat(a.complete(lost).accepted()).isEqualTo("00");
        assertThat(a.number("select count(*) from entries_0 where state = 't' and attempt = 1 and due_at > now()"))
                .isEqualTo(3);
        assertThat(a.text("select extras #>> '{errors,0,message}' from entries_0 limit 1"))
                .isEqualTo("worker " + dead + " (dead) stopped beating");
        assertThat(a.text("select extras #>> '{errors,0,class}' from entries_0 limit 1"))
                .isEqualTo("WorkerDied");
        assertThat(a.number("select count(*) from entries_0 where extras ? 'reason'"))
                .isZero();
    }

    /** Nobody is dead before the leader has watched for as long as the staleness (no beat lies before the epoch). */
    @Test
    void whoStoppedIsDeadAtOnce() {
        a.enqueue(2);
        Taken left = claim(alive, 1);
        claim(dead, 1);
        a.run("select stop_worker(" + alive + ")");
        assertThat(new Rescuer(a).pass(1).number("crashed")).isEqualTo(1);
        assertThat(a.complete(left).accepted()).isEqualTo("0");
        assertThat(a.text("select beat(" + alive + ")")).isEqualTo("null");
    }

    /** Trap 10: once a process has beaten again, nothing of it is touched. */
    @Test
    void aDelayedBeat() {
        a.enqueue(2);
        Taken left = claim(dead, 2);
        a.run("select beat(" + dead + ")");
        assertThat(rescuer().pass(1).number("crashed")).isZero();
        assertThat(a.complete(left).accepted()).isEqualTo("11");
    }

    /** The last attempt fails, or becomes a dead letter where the queue says so; the reason is kept, the segment goes. */
    @Test
    void theLastAttemptIsExhausted() {
        int other = lane("letters", 1);
        a.run("update queues set dead_letter = true where name = 'letters'");
        a.run("select enqueue(array[1, " + other + "], array[1], array[1], array['{}', '{}'], null)");
        claim(dead, 1);
        a.row("select * from claim(2, 1, " + dead + ", " + Session.nonce() + ")");

        Row row = rescuer().pass(1);

        assertThat(row.number("crashed")).isEqualTo(2);
        assertThat(row.number("exhausted")).isEqualTo(2);
        assertThat(a.texts(
                        "select concat_ws(' ', state, extras ->> 'reason', attempt, until > now() + interval '1 day')"
                                + " from entries_0 order by lane"))
                .containsExactly("f crash_exhausted 1 t", "d crash_exhausted 1 t");
        a.rotate();
        a.seal(1);
        a.exhaust(1);
        a.exhaust(other);
        assertThat(a.finish(1)).isEqualTo("Finished");
        assertThat(a.prune(1)).isEqualTo("Pruned");
    }

    /** A claim that its process does not name is lost; those it names, and those sent after the list, are not. */
    @Test
    void aLostClaim() {
        a.enqueue(4);
        long high = (long) alive << 32;
        Taken named = claim(alive, 1, high | 5);
        Taken lost = claim(alive, 1, high | 6);
        Taken later = claim(alive, 1, high | 7);
        Rescuer rescuer = rescuer();
        assertThat(rescuer.pass(1).number("lost")).isZero();
        a.run("select beat(" + alive + ", '{[5,6),[7,2147483655)}')");

        assertThat(rescuer.pass(1).number("lost")).isEqualTo(1);

        assertThat(a.complete(named).accepted()).isEqualTo("1");
        assertThat(a.complete(later).accepted()).isEqualTo("1");
        assertThat(a.complete(lost).accepted()).isEqualTo("0");
        assertThat(a.text("select concat(state, attempt, extras #>> '{errors,0,class}') from entries_0"))
                .isEqualTo("t1ClaimLost");
    }

    /** Counters are unsigned and come round. */
    @Test
    void countersAboveTheSignedOnes() {
        a.enqueue(2);
        long high = (long) alive << 32;
        claim(alive, 1, high | 0xffff_fff0L);
        claim(alive, 1, high | 3);
        a.run("select beat(" + alive + ", '{[4294967280,4294967281),[4294967290,4294967296),[0,2147483642)}')");
        assertThat(rescuer().pass(1).number("lost")).isZero();
        a.run("select beat(" + alive + ", '{[4,2147483652)}')");
        assertThat(rescuer().pass(1).number("lost")).isEqualTo(2);
    }

    /** Trap 11 the other way: a replay that comes after the rescue finds nothing, one that came before has stale tokens. */
    @Test
    void replayAndALostClaim() {
        a.enqueue(3);
        long nonce = (long) alive << 32 | 6;
        claim(alive, 3, nonce);
        Taken early = Taken.of(b.row("select * from replay(1, " + nonce + ")"), nonce, true);
        b.close(Item.completed(early, 1));
        a.run("select beat(" + alive + ", '{[7,100)}')");
        assertThat(rescuer().pass(1).number("lost")).isEqualTo(2);
        assertThat(b.complete(early).accepted()).isEqualTo("000");
        assertThat(b.row("select * from replay(1, " + nonce + ")").isNull("no")).isTrue();
        assertThat(a.number("select count(*) from entries_0")).isEqualTo(2);
    }

    /** Members are judged one by one, by the job's own deadline, else the queue's; the grace is the process's. */
    @Test
    void deadlinesMemberByMember() {
        a.run("update queues set deadline_ms = 60000 where queue = 1");
        a.run("select enqueue(array[1], array[1], array[25], array['1', '2', '3', '4'],"
                + " array['{\"deadline\": 1000}', null, '{\"deadline\": 3600000}', '{\"deadline\": 1000}'])");
        Taken claim = claim(alive, 4);
        assertThat(rescuer().pass(1).number("late")).isZero();
        a.run(
                "update claims_0 set claimed_at = claimed_at - interval '10 s', deadline_at = deadline_at - interval '10 s'");
        assertThat(rescuer().grace(20_000).pass(1).number("late")).isZero();
        a.close(Item.completed(claim, 3));

        Rescuer rescuer = rescuer();
        assertThat(rescuer.pass(1).number("late")).isEqualTo(1);
        assertThat(a.text("select args::text || (extras #>> '{errors,0,class}') from entries_0"))
                .isEqualTo("1DeadlineExceeded");
        assertThat(rescuer.pass(1).number("late")).isZero();
        a.run("update queues set deadline_ms = 3600000");
        a.run("update claims_0 set claimed_at = claimed_at - interval '60 s'");
        assertThat(rescuer.pass(1).number("late")).isZero();
        a.run("update queues set deadline_ms = 60000");
        a.close(Item.completed(claim, 2));
        assertThat(rescuer.pass(1).number("late")).isEqualTo(1);
        assertThat(a.complete(claim).accepted()).isEqualTo("0000");
        assertThat(a.texts("select outcomes || members::text from closures_0 order by part"))
                .containsExactly("c0001", "t1000", "c0010", "t0100");
    }

    @Test
    void aDeadlineOnTheLastAttempt() {
        a.run(
                "select enqueue(array[1], array[1], array[1, 2], array['1', '2'], array['{\"deadline\": 1}', '{\"deadline\": 1}'])");
        claim(alive, 2);
        a.run("select pg_sleep(0.01)");
        Row row = rescuer().pass(1);
        assertThat(row.number("late")).isEqualTo(2);
        assertThat(row.number("exhausted")).isEqualTo(1);
        assertThat(a.texts("select concat(state, extras ->> 'reason') from entries_0 order by args::text"))
                .containsExactly("fdeadline_exhausted", "t");
        assertThat(a.text("select outcomes from closures_0")).isEqualTo("ft");
    }

    /** What is not old enough is left for later, and met then. */
    @Test
    void youngClaims() {
        a.enqueue(3);
        claim(dead, 1);
        claim(dead, 1);
        a.run("update claims_0 set claimed_at = claimed_at - interval '1 minute' where no = 1");
        Rescuer rescuer = rescuer().young(10_000);
        assertThat(rescuer.pass(1).number("crashed")).isEqualTo(1);
        assertThat(rescuer.pass(1).number("crashed")).isZero();
        assertThat(rescuer.young(0).pass(1).number("crashed")).isEqualTo(1);
    }

    /** Chunks: claims are read and ended a few a statement, each is tried once, and none is forgotten. */
    @Test
    void inChunks() {
        int other = lane("q2", 1);
        a.enqueue(40);
        a.put(other, 15);
        for (int i = 0; i < 20; i++) {
            claim(i % 3 == 0 ? alive : dead, 2);
        }
        for (int i = 0; i < 5; i++) {
            a.row("select * from claim(2, 3, " + dead + ", " + Session.nonce() + ")");
        }
        Rescuer rescuer = rescuer();
        List<Row> rows = rescuer.all(1, 4, 6);
        assertThat(rows).hasSizeGreaterThan(5);
        assertThat(rows.stream().mapToLong(row -> row.number("crashed"))).allMatch(n -> n <= 9);
        assertThat(rows.stream().mapToLong(row -> row.number("crashed")).sum()).isEqualTo(26 + 15);
        assertThat(rescuer.all(1, 4, 6)).hasSize(1);
        assertThat(rescuer.pass(1).longs("open_nos")).hasSize(7);
    }

    /** Open claims behind ten thousand closed ones are met, and no pass reads the closed ones again. */
    @Test
    void closedClaimsAreReadOnce() {
        Load.history(c, 10_000);
        Rescuer rescuer = rescuer();
        List<Row> first = rescuer.all(1, 1_000, 5_000);
        assertThat(first).hasSizeGreaterThan(9);
        Load.backlog(c, 10);
        Taken held = claim(alive, 3);
        Taken behind = claim(dead, 3);
        a.complete(claim(alive, 1));
        assertThat(rescuer.pass(1).number("crashed")).isEqualTo(3);
        List<Long> open = new ArrayList<>(rescuer.pass(1).longs("open_nos"));
        assertThat(open).containsExactly(held.no());
        assertThat(a.complete(behind).accepted()).isEqualTo("000");
        for (boolean analysed : new boolean[] {false, true}) {
            if (analysed) {
                c.run("analyze");
                rescuer.pass(1);
            }
            assertThat(Load.buffers(a, rescuer.call(1))).isLessThan(40);
        }
    }

    /** An idle pass takes no xid and writes no WAL. */
    @Test
    void anIdlePassWritesNothing() {
        a.enqueue(2);
        claim(alive, 1);
        Rescuer rescuer = rescuer();
        rescuer.pass(1);
        a.begin();
        a.row("select * from rescue_scope(30000, null, null, true)");
        rescuer.pass(1);
        a.row(Rescuer.heldCall("{" + dead + "}"));
        a.row(Rescuer.expiredCall(0, 0));
        assertThat(a.row("select pg_current_xact_id_if_assigned()::text as x").isNull("x"))
                .isTrue();
        a.commit();
    }

    @Test
    void aSegmentThatIsGone() {
        a.enqueue(1);
        a.complete(a.claim(1));
        a.rotate();
        a.reclaim(1);
        Row row = rescuer().pass(1);
        assertThat(row.flag("more")).isFalse();
        assertThat(row.longs("lanes")).isEmpty();
    }

    private Rescuer rescuer() {
        return new Rescuer(a).beaten("now() - interval '30 s'");
    }

    private Taken claim(int worker, int n) {
        return claim(worker, n, (long) worker << 32 | Session.nonce());
    }

    private Taken claim(int worker, int n, long nonce) {
        return Taken.of(a.row("select * from claim(1, " + n + ", " + worker + ", " + nonce + ")"), nonce, false);
    }
}
