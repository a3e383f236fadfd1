package io.awa.reactive.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Start-up checks of the store's pointer and numbers, as after a copy that left sequence values behind. */
class StoreChecksTest extends StorageTest {

    @Test
    void aHealthyStoreHasNoProblem() {
        Entered.add(a, "s", -1, 3);
        Entered.promote(a, 0);
        Entered.rotate(a);
        Entered.reclaim(a, 1);
        Entered.add(a, "s", 1_000);
        assertThat(problems()).isEmpty();
        assertThat(a.number("select repair()")).isZero();
    }

    @Test
    void aPointerToAReclaimedStore() {
        Entered.add(a, "s", -1);
        Entered.promote(a, 0);
        Entered.rotate(a);
        assertThat(Entered.reclaim(a, 1)).isEqualTo("Pruned");
        a.run("select setval('current_store', 1 << 8)");
        assertThat(problems()).singleElement().asString().contains("store 1");
        assertThat(a.number("select repair()")).isEqualTo(1);
        assertThat(problems()).isEmpty();
        Entered.add(a, "s", -1);
        assertThat(Entered.promote(a, 1)).isEqualTo(1);
    }

    @Test
    void aPointerToASealedStore() {
        Entered.add(a, "s", 1_000_000);
        Entered.rotate(a);
        Entered.seal(a, 1);
        a.run("select setval('current_store', 1 << 8)");
        assertThat(problems()).hasSize(1);
        a.run("select repair()");
        assertThat(a.number("select last_value from current_store")).isEqualTo(2 << 8 | 1);
    }

    @Test
    void aPointerToANumberNobodyKnows() {
        a.run("select setval('current_store', 77 << 8 | 3)");
        assertThat(problems()).singleElement().asString().contains("store 77");
        a.run("select repair()");
        assertThat(a.number("select last_value from current_store")).isEqualTo(1 << 8);
    }

    @Test
    void numbersThatGoBack() {
        List<Long> entries = Entered.add(a, "s", -1, 5);
        a.run("select setval('entry_ids', 2)");
        assertThat(problems()).singleElement().asString().contains("entry_ids");
        assertThat(a.number("select repair()")).isEqualTo(1);
        assertThat(problems()).isEmpty();
        assertThat(Entered.add(a, "s", 1_000)).isGreaterThan(entries.get(4));
    }

    /** The id of a scheduled job that stands in a lane by now, while its store is gone. */
    @Test
    void numbersThatOnlyALaneKnows() {
        long entry = Entered.add(a, "s", -1);
        Entered.promote(a, 0);
        Entered.rotate(a);
        assertThat(Entered.reclaim(a, 1)).isEqualTo("Pruned");
        a.run("select setval('entry_ids', 1, false)");
        assertThat(problems()).hasSize(1);
        a.run("select repair()");
        assertThat(Entered.add(a, "s", 1_000)).isGreaterThan(entry);
    }

    private List<String> problems() {
        return a.texts("select problem from check_lanes()");
    }
}
