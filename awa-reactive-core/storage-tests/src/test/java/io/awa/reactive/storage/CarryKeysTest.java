package io.awa.reactive.storage;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Keys of unique jobs that are carried to the current store, or left behind. */
class CarryKeysTest extends StorageTest {

    @Test
    void theNewestVersionOfAKeyIsCarried() {
        a.enqueue(20);
        key(0, "1", 1, 11);
        key(0, "1", 2, 12);
        key(0, "2", 5, 13);
        key(0, "3", 7, 14);
        sealed();
        key(1, "2", 6, 20);
        assertThat(Entered.finish(a, 1)).isEqualTo("keys");
        assertThat(carryKeys(1).number("moved")).isEqualTo(2);
        assertThat(
                        a.texts(
                                "select right(key::text, 1) || ' ' || version || ' ' || (job & 2199023255551) from keys_1 order by 1"))
                .containsExactly("1 2 12", "2 6 20", "3 7 14");
        assertThat(carryKeys(1).number("moved")).isZero();
        assertThat(Entered.finish(a, 1)).isEqualTo("Finished");
    }

    @Test
    void aKeyThatIsFreeIsLeftBehind() {
        a.enqueue(12);
        key(0, "1", 1, 11);
        key(0, "2", 1, 12);
        key(0, "3", 1, 99);
        sealed();
        a.cancel(11);
        assertThat(carryKeys(1).number("moved")).isEqualTo(1);
        assertThat(a.number("select job & 2199023255551 from keys_1")).isEqualTo(12);
        assertThat(Entered.finish(a, 1)).isEqualTo("Finished");
    }

    /** Two stores that rely on each other for a key would both go, and the key with them. */
    @Test
    void twoSealedStoresDoNotRelyOnEachOther() {
        a.enqueue(11);
        key(0, "1", 1, 11);
        sealed();
        carryKeys(1);
        Entered.add(a, "s", 1_000_000);
        Entered.rotate(a);
        Entered.seal(a, 2);
        assertThat(Entered.finish(a, 1)).isEqualTo("Finished");
        Entered.carry(a, 2);
        assertThat(Entered.finish(a, 2)).isEqualTo("keys");
        assertThat(carryKeys(2).number("moved")).isEqualTo(1);
        assertThat(Entered.finish(a, 2)).isEqualTo("Finished");
        assertThat(a.number("select count(*) from keys_2")).isEqualTo(1);
    }

    private void sealed() {
        a.run("insert into entries_0 (entry, origin, created_at, until, lane, kind, attempt, max_attempts, state, args)"
                + " select nextval('entry_ids'), 1, now(), '2001-01-01', 1, 1, 0, 1, 'x', '{}'");
        assertThat(Entered.rotate(a)).isEqualTo("Rotated");
        assertThat(Entered.seal(a, 1)).isEqualTo("Sealed");
        a.run("delete from entries_0 where until = '2001-01-01'");
    }

    /** A key taken by the waiting job of this place in lane 1, for as long as it waits. */
    private void key(int child, String last, long version, int job) {
        a.run("insert into keys_" + child + " (key, version, job, at, states) values"
                + " ('00000000-0000-0000-0000-00000000000" + last + "', " + version + ", " + ((1L << 41) + job)
                + ", now(), 2)");
    }

    private Row carryKeys(long store) {
        return a.row("select * from carry_keys(" + store + ", '00000000-0000-0000-0000-000000000000', 100)");
    }
}
