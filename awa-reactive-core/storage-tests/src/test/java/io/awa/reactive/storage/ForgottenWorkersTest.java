package io.awa.reactive.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.Awa;
import io.awa.reactive.engine.Rescue;
import io.awa.reactive.engine.RescueOutcome;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Processes that are long dead are forgotten, nothing of them is, and one that was only frozen gets its row back. */
class ForgottenWorkersTest extends StorageTest {

    private static final Rescue.Limits LIMITS = new Rescue.Limits(Duration.ofSeconds(30), Duration.ZERO);
    private static final long DAY = Duration.ofDays(1).toMillis();

    /** Of those that live, that stopped just now, that were found empty just now, and long ago, the last one. */
    @Test
    void onlyWhoWasFoundEmptyLongAgo() {
        int alive = registered();
        int stopped = registered();
        int fresh = registered();
        int old = registered();
        a.run("select stop_worker(w) from unnest(array[" + stopped + ", " + fresh + ", " + old + "]) w");
        a.run("update workers set stopped_at = now() - interval '3 days' where worker <> " + alive);
        found(fresh, "23 hours");
        found(old, "25 hours");
        assertThat(pass()).isEqualTo(new RescueOutcome.Idle());
        assertThat(known()).containsExactly(alive + "", stopped + "", fresh + "");
        assertThat(registered()).as("a number is never given anew").isGreaterThan(old);
    }

    /** So many a pass: the others are met by the next one. */
    @Test
    void aLimit() {
        for (int i = 0; i < 5; i++) {
            found(registered(), "2 days");
        }
        assertThat(a.number("select forget_workers(array[1, 2, 3, 4, 5], " + DAY + ", 2)"))
                .isEqualTo(2);
        assertThat(known()).containsExactly("3", "4", "5");
        assertThat(a.number("select forget_workers(array[1, 3, 9], " + DAY + ", 2)"))
                .isEqualTo(1);
    }

    /** Dead and found empty, a claim and a held attempt turned up all the same: they are rescued, and the row stays. */
    @Test
    void whoIsNamedByAnOpenClaimIsKept() {
        int claimer = dead();
        int holder = dead();
        int nothing = dead();
        a.run("update workers set stopped_at = now() - interval '3 days'");
        claim(claimer);
        hold(holder);
        assertThat(pass()).isEqualTo(new RescueOutcome.Rescued(2, 0, 0, 0, 0, 0));
        assertThat(known()).containsExactly(claimer + "", holder + "").doesNotContain(nothing + "");
        assertThat(a.texts("select extras #>> '{errors,0,message}' from entries_0 where state = 't' order by 1"))
                .allMatch(message -> message.contains("(w)"));
        assertThat(pass()).isEqualTo(new RescueOutcome.Idle());
        assertThat(known()).isEmpty();
        assertThat(a.number("select count(worker) from jobs_0 j cross join lateral timeline(j.pos) t where worker = "
                        + claimer))
                .as("the job's history tells the number")
                .isPositive();
    }

    /** A process that is at its row is left for the next time, and nobody waits. */
    @Test
    void aRowThatSomebodyHas() {
        int worker = dead();
        b.begin();
        b.run("select beat(" + worker + ", '{}')");
        a.run("set lock_timeout = '50ms'");
        assertThat(forget(worker)).isZero();
        b.commit();
        assertThat(forget(worker)).as("it beats again").isZero();
    }

    /** A beat that comes while its row is being forgotten, and those that come later. */
    @Test
    void whoComesBackIsKnownAgain() {
        int worker = dead();
        b.begin();
        assertThat(b.number("select forget_workers(array[" + worker + "], " + DAY + ", 9)"))
                .isEqualTo(1);
        CompletableFuture<List<Row>> beat = a.send("select beat(" + worker + ") as x");
        c.untilBlocked(a);
        b.commit();
        assertThat(Session.await(beat).get(0).flag("x")).isTrue();
        assertThat(c.text("select concat(worker, ' ', stopped_at, rescued_at, live) from workers"))
                .isEqualTo(worker + " ");
        found(worker, "2 days");
        assertThat(forget(worker)).isEqualTo(1);
        assertThat(a.text("select beat(" + worker + ", '{[7,9)}')::text")).isEqualTo("true");
        assertThat(a.text("select concat(worker, live, live_at is not null) from workers"))
                .isEqualTo(worker + "{[7,9)}t");
        assertThat(a.text("select beat(" + worker + ")::text")).isEqualTo("true");
        assertThat(registered()).isEqualTo(worker + 1);
    }

    /** A number that this schema never gave away makes no row, which would stand in the way of who gets it. */
    @Test
    void whoWasNeverKnownStaysUnknown() {
        int last = registered();
        assertThat(a.text("select beat(" + (last + 1) + ")")).isEqualTo("null");
        assertThat(a.text("select beat(" + (last + 1) + ", '{}')")).isEqualTo("null");
        assertThat(a.text("select beat(0)")).isEqualTo("null");
        a.run("select stop_worker(" + last + ")");
        assertThat(a.text("select beat(" + last + ")")).as("stopped").isEqualTo("null");
        assertThat(registered()).isEqualTo(last + 1);
    }

    /** Forgotten, and back without a beat, it claims, holds an attempt and dies for good: nothing waits for ever. */
    @Test
    void whatAForgottenProcessTookIsRescued() {
        int worker = dead();
        assertThat(forget(worker)).isEqualTo(1);
        claim(worker);
        hold(worker);
        assertThat(new Rescuer(a).beaten("'epoch'::timestamptz").pass(1).number("crashed"))
                .as("nobody has watched for long enough")
                .isZero();
        assertThat(new Rescuer(a).beaten("now()").pass(1).number("crashed")).isEqualTo(1);
        assertThat(scope(1, false)).isEmpty();
        assertThat(scope(null, true)).as("nobody has watched for long enough").isEmpty();
        assertThat(scope(1, true)).containsExactly((long) worker);
        assertThat(a.row(Rescuer.heldCall("{" + worker + "}")).number("crashed"))
                .isEqualTo(1);
        assertThat(a.text("select extras #>> '{errors,0,message}' from entries_0 where state = 't' order by 1 limit 1"))
                .contains("worker " + worker + " (unknown)");
    }

    /** It beats before anybody looked: its held attempt is its own. */
    @Test
    void whatItHoldsAndBeatsForIsItsOwn() {
        int worker = dead();
        forget(worker);
        hold(worker);
        a.run("select beat(" + worker + ")");
        assertThat(scope(1, true)).isEmpty();
    }

    private List<Long> scope(Integer since, boolean all) {
        return a.row("select * from rescue_scope(30000, " + since
                        + ", (date_part('epoch', clock_timestamp()) * 1e6)::bigint, " + all + ")")
                .longs("dead");
    }

    private int registered() {
        return (int) a.number("select register_worker('w')");
    }

    /** Silent since long ago, and found empty then. */
    private int dead() {
        int worker = registered();
        a.run("update workers set beat_at = now() - interval '3 days' where worker = " + worker);
        found(worker, "2 days");
        return worker;
    }

    private void found(int worker, String ago) {
        a.run("update workers set rescued_at = now() - interval '" + ago + "' where worker = " + worker);
    }

    private long forget(int worker) {
        return a.number("select forget_workers(array[" + worker + "], " + DAY + ", 9)");
    }

    private List<String> known() {
        return a.texts("select worker from workers order by 1");
    }

    private Taken claim(int worker) {
        a.enqueue(1);
        long nonce = Session.nonce();
        return Taken.of(a.row("select * from claim(1, 1, " + worker + ", " + nonce + ")"), nonce, false);
    }

    private void hold(int worker) {
        Taken claim = claim(worker);
        a.run("select * from close(array[" + claim.segment() + "], array[1], array[" + claim.no() + "], array["
                + claim.nonce() + "], array['1'], array['h'], " + Session.nonce()
                + ", array[1], array[0], array['h'], null, array[1]::bigint[], null)");
    }

    /** What a new leader does first: a look at all. */
    private RescueOutcome pass() {
        Awa awa = Awa.builder(postgres().connections()).schema(schema()).build();
        Rescue rescue = awa.engine().rescue();
        try {
            return Objects.requireNonNull(rescue.pass(LIMITS, Session::nonce).block(Session.PATIENCE));
        } finally {
            rescue.close().then(awa.close()).block(Session.PATIENCE);
        }
    }
}
