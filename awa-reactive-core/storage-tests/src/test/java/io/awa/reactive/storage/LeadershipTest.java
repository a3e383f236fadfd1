package io.awa.reactive.storage;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The lead of maintenance, between two sessions and a third one that looks. */
class LeadershipTest extends StorageTest {

    @Test
    void oneLeadsAndBeats() {
        Look first = look(a, 0, false, null);
        assertThat(first).isEqualTo(new Look(1, true, true, first.beat()));
        Look other = look(b, 0, false, null);
        assertThat(other).isEqualTo(new Look(1, false, false, first.beat()));
        Look beat = look(a, 1, true, null);
        assertThat(beat.leads()).isTrue();
        assertThat(beat.epoch()).isEqualTo(1);
        assertThat(beat.beat()).isGreaterThan(first.beat());
        assertThat(locks()).containsExactly(a.pid());
    }

    /** Whose session is gone is followed at once, lease or not. */
    @Test
    void aSessionThatIsGoneIsFollowedAtOnce() {
        Session gone = session();
        assertThat(look(gone, 0, false, null).leads()).isTrue();
        a.run("select pg_terminate_backend(" + gone.pid() + ", 5000)");
        Look next = look(b, 0, false, null);
        assertThat(next.epoch()).isEqualTo(2);
        assertThat(next.leads() && next.locked()).isTrue();
        assertThat(look(a, 0, false, null).leads()).isFalse();
    }

    /** A frozen process: its session stands, idle, and holds the lock. */
    @Test
    void aSilentSessionIsEndedAndFollowed() {
        Session frozen = session();
        long beat = look(frozen, 0, false, null).beat();
        assertThat(look(b, 0, false, null).leads()).isFalse();
        assertThat(look(b, 0, false, beat - 1).leads()).as("another beat").isFalse();
        assertThat(a.number("select count(*) from pg_stat_activity where pid = " + frozen.pid()))
                .isEqualTo(1);
        Look next = look(b, 0, false, beat);
        assertThat(next.epoch()).isEqualTo(2);
        assertThat(next.leads()).isTrue();
        // A server that stands still ends it later than the look waits; the next ones find the lock free.
        a.until("select 1 where not exists (select from pg_stat_activity where pid = " + frozen.pid() + ")");
        Look beats = look(b, 2, next.locked(), null);
        assertThat(beats.leads() && beats.locked()).isTrue();
    }

    /** A beat that comes between the challenger's last look and its bid saves the leader. */
    @Test
    void aBeatSavesTheLeader() {
        long beat = look(a, 0, false, null).beat();
        assertThat(look(a, 1, true, null).leads()).isTrue();
        assertThat(look(b, 0, false, beat).leads()).isFalse();
        assertThat(look(a, 1, true, null).leads()).isTrue();
    }

    /** Where the old session may not be ended, its epoch is over all the same, and it learns that by its next beat. */
    @Test
    void whoMayNotEndTheSessionLeadsByEpoch() {
        String role = postgres().freshSchema("role");
        c.run("create role " + role);
        c.run("grant usage on schema " + schema() + " to " + role + "; grant all on all sequences in schema " + schema()
                + " to " + role);
        long beat = look(a, 0, false, null).beat();
        b.run("set role " + role);
        Look next = look(b, 0, false, beat);
        assertThat(next).isEqualTo(new Look(2, true, false, next.beat()));
        assertThat(locks()).containsExactly(a.pid());

        // A third one finds a leader without the lock: it beats, so it stays, also when the lock is free.
        assertThat(look(c, 0, false, null).leads()).isFalse();
        Look deposed = look(a, 1, true, null);
        assertThat(deposed.epoch()).isEqualTo(2);
        assertThat(deposed.leads() || deposed.locked()).isFalse();
        assertThat(look(c, 0, false, null).leads()).isFalse();
        assertThat(look(a, 0, false, null).leads()).isFalse();
        Look again = look(b, 2, false, null);
        assertThat(again.leads() && again.locked()).isTrue();
        assertThat(locks()).containsExactly(b.pid());
        b.run("reset role");
        c.run("drop owned by " + role + "; drop role " + role);
    }

    /** Two challengers at once: one decides, the other one does not wait, and epochs go up by one. */
    @Test
    void twoChallengers() {
        long beat = look(a, 0, false, null).beat();
        b.begin();
        c.begin();
        Look won = look(b, 0, false, beat);
        Look lost = look(c, 0, false, beat);
        b.commit();
        c.commit();
        assertThat(won.leads()).isTrue();
        assertThat(lost.leads() || lost.locked()).isFalse();
        assertThat(lost.epoch()).isEqualTo(2);
        assertThat(look(c, 0, false, beat).leads()).isFalse();
    }

    /** A lock of the same number that an application holds costs the lease, and its session is left alone. */
    @Test
    void anApplicationsLockIsLeftAlone() {
        a.run("select pg_advisory_lock(lock_key(), -1)");
        Look look = look(b, 0, false, null);
        assertThat(look.leads()).isFalse();
        Look next = look(b, 0, false, look.beat());
        assertThat(next).isEqualTo(new Look(1, true, false, next.beat()));
        assertThat(a.number("select 1")).isEqualTo(1);
        assertThat(look(c, 0, false, null).leads()).isFalse();
    }

    /** A clock that went back stops no beat, and a beat is never met twice. */
    @Test
    void beatsAscendWhateverTheClockSays() {
        look(a, 0, false, null);
        long ahead = a.number("select setval('leader_beat', (extract(epoch from now()) * 1e6)::bigint + 3600000000)");
        assertThat(look(a, 1, true, null).beat()).isEqualTo(ahead + 1);
        assertThat(look(b, 0, false, ahead).leads()).isFalse();
        assertThat(look(b, 0, false, ahead + 1).leads()).isTrue();
    }

    /** An hour of beats and looks updates no row. */
    @Test
    void beatsLeaveNothingBehind() {
        for (int i = 0; i < 200; i++) {
            look(a, i == 0 ? 0 : 1, i > 0, null);
            look(b, 0, false, null);
        }
        a.run("select pg_stat_force_next_flush()");
        c.run("select pg_stat_clear_snapshot()");
        assertThat(c.number(
                        "select coalesce(sum(n_tup_upd + n_tup_del), 0) from pg_stat_user_tables where schemaname = '"
                                + schema() + "'"))
                .isZero();
        assertThat(c.row("select * from leader_state()").number("epoch")).isEqualTo(1);
        assertThat(c.row("select * from leader_state()").number("silent_ms")).isLessThan(10_000);
    }

    private java.util.List<Long> locks() {
        return c
                .rows("select pid::bigint from pg_locks where locktype = 'advisory' and objid = 4294967295"
                        + " and classid::bigint = lock_key()")
                .stream()
                .map(row -> ((Number) row.first()).longValue())
                .toList();
    }

    private static Look look(Session session, long epoch, boolean locked, Long still) {
        Row row = session.row("select * from lead(" + epoch + ", " + locked + ", " + still + ")");
        return new Look(row.number("epoch"), row.flag("leads"), row.flag("locked"), row.number("beat"));
    }

    private record Look(long epoch, boolean leads, boolean locked, long beat) {}
}
