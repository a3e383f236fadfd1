package io.awa.reactive.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A job keeps its key in the states of its mask and in no other; where it comes back into them, one of two loses. */
class UniqueStatesTest extends StorageTest {

    private static final long LATER = 3_600_000;

    static Stream<Arguments> states() {
        return Stream.of(
                Arguments.of("SCHEDULED", Ask.SCHEDULED, "s"),
                Arguments.of("RETRYING", Ask.RETRYING, "t"),
                Arguments.of("SNOOZED", Ask.SNOOZED, "z"),
                Arguments.of("COMPLETED", Ask.COMPLETED, "c"),
                Arguments.of("COMPLETED, held before", Ask.COMPLETED, "hc"),
                Arguments.of("FAILED", Ask.FAILED, "f"),
                Arguments.of("DEAD", Ask.DEAD, "d"),
                Arguments.of("CANCELLED by its handler", Ask.CANCELLED, "x"),
                Arguments.of("CANCELLED while available", Ask.CANCELLED, "mark"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("states")
    void aStateInsideOrOutside(String name, int bit, String way) {
        Ask inside = go(1, Ask.ALWAYS | bit, way);
        assertThat(Ask.job(b, 1, Ask.ALWAYS).duplicateOf(inside)).as("inside").isTrue();
        Ask outside = go(2, 1023 & ~bit, way);
        assertThat(Ask.job(b, 2, Ask.ALWAYS)).as("outside").matches(Ask::stored).isNotEqualTo(outside);
    }

    /** Available, running (from a claim, released, held) and waiting are in every mask. */
    @Test
    void statesThatAreAlwaysInside() {
        Ask job = Ask.job(a, 1, Ask.ALWAYS);
        assertThat(Ask.job(b, 1, 1023).duplicateOf(job)).as("available").isTrue();
        Taken claim = a.claim(1);
        assertThat(Ask.job(b, 1, 1023).duplicateOf(job)).as("running").isTrue();
        a.release(claim);
        assertThat(Ask.job(b, 1, 1023).duplicateOf(job)).as("released").isTrue();
        Lives.end(a, a.claim(1), 'h', (int) LATER, 7L);
        assertThat(Ask.job(b, 1, 1023).duplicateOf(job)).as("held").isTrue();
        a.run("select * from settle(array[7], array['w'], array[" + LATER + "], null, 5)");
        assertThat(Lives.state(a, job.id())).isEqualTo("w");
        assertThat(Ask.job(b, 1, 1023).duplicateOf(job)).as("waiting").isTrue();
    }

    /** Completed inside of the mask: until nothing is known of it any more. */
    @Test
    void aCompletedHolderHoldsUntilItsSegmentIsGone() {
        Ask job = Ask.job(a, 1);
        a.complete(a.claim(1));
        a.rotate();
        assertThat(Ask.job(b, 1).duplicateOf(job)).isTrue();
        assertThat(a.reclaim(1)).isEqualTo("Pruned");
        assertThat(Ask.job(b, 1).stored()).isTrue();
    }

    /** Key and mask stand beside the body, wherever it goes: to the store and back into a lane, twice. */
    @Test
    void keyAndMaskGoWithTheJob() {
        Ask job = Ask.of(
                a.rows("select ids[1] as id, fates[1] as fate from submit(array[1], array[1], array[25], array['{}'],"
                        + " null, null, null, array['" + Ask.key(1) + "']::uuid[], array[22], true, false)"));
        for (int i = 1; i <= 2; i++) {
            Lives.end(a, a.claim(1), 't', 0);
            assertThat(a.number("select count(*) from entries_0 where key_states = 22 and key = '" + Ask.key(1) + "'"))
                    .isEqualTo(i);
            assertThat(Lives.promote(a, 0)).isEqualTo(1);
            assertThat(a.number("select count(*) from jobs_0 where origin = " + job.id()
                            + " and key_states = 22 and key = '" + Ask.key(1) + "'"))
                    .isEqualTo(i);
        }
        assertThat(Ask.job(b, 1).duplicateOf(job)).isTrue();
    }

    /** Bodies of earlier versions have key and mask in extras only. */
    @Test
    void bodiesOfEarlierVersions() {
        Ask job = Ask.job(a, 1, Ask.ALWAYS);
        a.run(
                "update jobs_0 set extras = jsonb_build_object('unique', jsonb_build_object('key', key, 'states', key_states)),"
                        + " key = null, key_states = null");
        Lives.end(a, a.claim(1), 't', 0);
        Ask other = Ask.job(b, 1, Ask.ALWAYS);
        assertThat(other.stored()).isTrue();
        Lives.promote(a, 0);
        assertThat(Lives.state(a, job.id())).as("it asked for its key").isEqualTo("x");
        assertThat(Ask.job(b, 1).duplicateOf(other)).isTrue();
    }

    /** Out of its mask, and nobody took the key: it comes back, and by a version of its own. */
    @Test
    void aKeyThatNobodyTookIsTakenAgain() {
        Ask job = Ask.job(a, 1, Ask.ALWAYS);
        Lives.end(a, a.claim(1), 't', 0);
        assertThat(Lives.promote(a, 0)).isEqualTo(1);
        assertThat(Lives.state(a, job.id())).isEqualTo("a");
        assertThat(a.number("select max(version) & 4294967295 from keys_0")).isEqualTo(2);
        assertThat(Ask.job(b, 1).duplicateOf(job)).isTrue();
    }

    /** Inside of its mask it never lost the key: nothing is looked at or written. */
    @Test
    void aKeyThatWasKeptCostsNothing() {
        Ask.job(a, 1);
        Lives.end(a, a.claim(1), 't', 0);
        assertThat(Lives.promote(a, 0)).isEqualTo(1);
        assertThat(a.number("select count(*) from keys_0")).isEqualTo(1);
    }

    /** Retry, snooze and rescue alike: who lost its key meanwhile is cancelled when due, and its neighbours are promoted. */
    @ParameterizedTest
    @MethodSource("comebacks")
    void theLoserIsCancelledAndHurtsNobody(String way) {
        Ask loser = go(1, Ask.ALWAYS, way);
        Ask winner = Ask.job(b, 1, Ask.ALWAYS);
        assertThat(winner.stored()).isTrue();
        Ask neighbour = Ask.later(a, 2, Ask.DEFAULT, 0);
        Ask other = Ask.later(a, 3, Ask.ALWAYS, 0);
        due();

        assertThat(Lives.promote(a, 0)).isEqualTo(2);
        assertThat(Lives.state(a, loser.id())).isEqualTo("x");
        Row view =
                a.row("select state, extras::jsonb ->> 'reason' as reason, extras::jsonb ->> 'duplicate_of' as holder"
                        + " from job(" + loser.id() + ")");
        assertThat(List.of(view.text("state"), view.text("reason"), view.text("holder")))
                .containsExactly("cancelled", "duplicate", String.valueOf(winner.id()));
        assertThat(Lives.state(a, winner.id())).isEqualTo("a");
        assertThat(Lives.state(a, neighbour.id())).isEqualTo("a");
        assertThat(Lives.state(a, other.id())).isEqualTo("a");
        assertThat(Lives.promote(a, 0)).isZero();
    }

    static Stream<String> comebacks() {
        return Stream.of("s", "t", "z", "ht");
    }

    /** Two of one key are due at once: one is promoted, the other one loses in the next pass. */
    @Test
    void twoOfOneKeyAreDueTogether() {
        Ask one = Ask.later(a, 1, Ask.ALWAYS, 0);
        Ask two = Ask.later(a, 1, Ask.ALWAYS, 0);
        Row pass = Lives.pass(a, 0);
        assertThat(List.of(pass.number("seen"), pass.number("promoted"), pass.number("refused")))
                .containsExactly(2L, 1L, 1L);
        Row next = Lives.pass(a, 0);
        assertThat(List.of(next.number("promoted"), next.number("refused"))).containsExactly(0L, 0L);
        assertThat(List.of(Lives.state(a, one.id()), Lives.state(a, two.id()))).containsExactlyInAnyOrder("a", "x");
    }

    /** Somebody is about to take the key: the entry is left for later, and the low-water stays below it. */
    @Test
    void aBusyKeyIsSkippedAndMetAgain() {
        Ask job = go(1, Ask.ALWAYS, "t");
        Ask plain = Ask.later(a, 2, Ask.DEFAULT, 0);
        due();
        b.begin();
        Ask rival = Ask.job(b, 1, Ask.ALWAYS);
        Row pass = Lives.pass(a, 0);
        assertThat(List.of(pass.number("seen"), pass.number("promoted"), pass.number("refused")))
                .containsExactly(2L, 1L, 1L);
        assertThat(Lives.state(a, plain.id())).isEqualTo("a");
        b.rollback();
        assertThat(Lives.promote(a, 0)).isEqualTo(1);
        assertThat(Lives.state(a, job.id())).isEqualTo("a");
        assertThat(Lives.state(a, rival.id())).isEqualTo("null");
    }

    /** An operator retries: the key is asked for again. */
    @Test
    void aTerminalJobAsksForItsKeyAgain() {
        Ask failed = go(1, Ask.ALWAYS, "f");
        assertThat(a.row("select take_key('" + Ask.key(1) + "', 22, " + failed.id() + ") is null as free")
                        .flag("free"))
                .isTrue();
        Ask other = go(2, Ask.ALWAYS, "f");
        Ask winner = Ask.job(b, 2, Ask.ALWAYS);
        assertThat(a.number("select take_key('" + Ask.key(2) + "', 22, " + other.id() + ")"))
                .isEqualTo(winner.id());
    }

    /** A terminal job that holds its key does not stand in its own way. */
    @Test
    void aTerminalHolderGetsItsOwnKey() {
        Ask failed = go(1, Ask.ALWAYS | Ask.FAILED, "f");
        assertThat(Ask.job(b, 1).duplicateOf(failed)).isTrue();
        assertThat(a.row("select take_key('" + Ask.key(1) + "', 86, " + failed.id() + ") is null as free")
                        .flag("free"))
                .isTrue();
        assertThat(a.number("select max(version) & 4294967295 from keys_0")).isEqualTo(2);
    }

    /** A new unique job on its way to a state. */
    private Ask go(int key, int states, String way) {
        if (way.equals("s")) {
            return Ask.later(a, key, states, 1_500);
        }
        Ask job = Ask.job(a, key, states);
        if (way.equals("mark")) {
            assertThat(a.cancel((int) (job.id() & Taken.SEQUENCE))).hasSize(1);
            return job;
        }
        Taken claim = a.claim(1);
        assertThat(claim.positions()).containsExactly(job.id());
        if (way.equals("c")) {
            a.complete(claim);
        } else if (way.startsWith("h")) {
            Lives.end(a, claim, 'h', (int) LATER, 70L + key);
            a.run("select * from settle(array[" + (70 + key) + "], array['" + way.charAt(1) + "'], array[1500], null, "
                    + Session.nonce() + ")");
        } else {
            assertThat(Lives.end(a, claim, way.charAt(0), 1_500)).isTrue();
        }
        return job;
    }

    private void due() {
        a.until("select 1 where not exists (select from entries_0 e where e.state in ('s', 't', 'z')"
                + " and e.due_at > clock_timestamp())");
    }
}
