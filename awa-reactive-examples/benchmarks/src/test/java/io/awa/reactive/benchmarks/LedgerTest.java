package io.awa.reactive.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LedgerTest {

    @Test
    void countsEachJobOnceAndEachRepeatAsADuplicate() {
        Ledger ledger = new Ledger();
        int first = ledger.begin(3_000_000, System.nanoTime());
        ledger.enqueued(3_000_000);
        int far = first + 2_999_999;
        for (int id : new int[] {first, far, far, 64, 63}) {
            ledger.executed(id);
            ledger.completed(id);
        }

        assertThat(ledger.duplicates()).isEqualTo(1);
        assertThat(ledger.completedCount()).isEqualTo(4);
        assertThat(ledger.begin(1, 0)).isEqualTo(3_000_000);
    }

    @Test
    void payloadsHaveTheSizeAskedFor() {
        Payload.Maker maker = new Payload.Maker(Payload.MIN_BYTES);
        for (int id : new int[] {0, 9, 10, 12_345, Integer.MAX_VALUE}) {
            Payload payload = maker.of(id);
            assertThat("{\"id\":" + payload.id() + ",\"pad\":\"" + payload.pad() + "\"}")
                    .hasSize(Payload.MIN_BYTES);
        }
    }
}
