package io.awa.reactive.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.awa.reactive.Awa;
import io.awa.reactive.AwaSchemaException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a copy of the database without its sequence values, or a wrong sequence, would cost; named and mended. */
class StartupChecksTest extends StorageTest {

    @Test
    void aHealthySchemaHasNoProblem() {
        a.enqueue(3);
        a.claim(2);
        a.rotate();
        a.enqueue(1);
        assertThat(problems()).isEmpty();
        assertThat(a.number("select repair()")).isZero();
    }

    /** Trap 5: a logical copy, or a dump, carries no sequence values. */
    @Test
    void aSequenceBehindItsLane() {
        a.enqueue(5);
        a.claim(5);
        a.run("select setval('lane_1', 2)");
        assertThat(problems()).singleElement().asString().contains("lane_1");
        Awa awa = Awa.builder(postgres().connections()).schema(schema()).build();
        assertThatThrownBy(() -> awa.check().block(Session.PATIENCE))
                .isInstanceOf(AwaSchemaException.class)
                .hasMessageContaining("lane_1")
                .hasMessageContaining("repair");

        assertThat(awa.repair().block(Session.PATIENCE)).isEqualTo(1);
        awa.check().block(Session.PATIENCE);
        awa.close().block(Session.PATIENCE);
        assertThat(a.enqueue(2)).containsExactly(6, 7);
        assertThat(a.claimAll()).containsExactly(6, 7);
    }

    @Test
    void aSequenceBehindClaimsOfWhichNoJobIsLeft() {
        a.enqueue(5);
        assertThat(a.cancel(1, 2, 3, 4, 5)).hasSize(5);
        assertThat(a.claim(1).status()).isEqualTo("again");
        a.run("select setval('lane_1', 1, false)");
        assertThat(problems()).hasSize(1);
        a.run("select repair()");
        assertThat(a.enqueue(1)).containsExactly(6);
        assertThat(a.claimAll()).containsExactly(6);
    }

    /** An id that a failed job has is taken, also when its segment is gone. */
    @Test
    void aSequenceBehindFailedJobs() {
        a.enqueue(2);
        Taken claim = a.claim(2);
        a.close(new Item(claim, "11", "cf"));
        a.rotate();
        assertThat(a.reclaim(1)).isEqualTo("Pruned");
        assertThat(a.number("select count(*) from entries_0 where state = 'f'")).isEqualTo(1);
        a.run("select setval('lane_1', 1, false)");

        assertThat(problems()).singleElement().asString().contains("lane_1");
        a.run("select repair()");
        assertThat(problems()).isEmpty();
        assertThat(a.enqueue(1)).containsExactly(3);
    }

    /** Trap 5: cached numbers are handed out below ones that were claimed. */
    @Test
    void aSequenceWithACache() {
        a.enqueue(1);
        a.run("alter sequence lane_1 cache 50");
        assertThat(problems()).singleElement().asString().contains("lane_1").contains("CACHE 50");
        assertThat(a.number("select repair()")).isEqualTo(1);
        assertThat(problems()).isEmpty();
        b.enqueue(1);
        a.enqueue(1);
        assertThat(a.claimAll()).isSorted().hasSize(3);
    }

    @Test
    void aPointerToADeadSegment() {
        a.enqueue(2);
        a.complete(a.claim(2));
        a.rotate();
        a.enqueue(1);
        assertThat(a.reclaim(1)).isEqualTo("Pruned");
        a.run("select setval('current_segment', 1 << 8)");

        assertThat(problems()).singleElement().asString().contains("segment 1");
        assertThat(a.number("select repair()")).isEqualTo(1);
        assertThat(problems()).isEmpty();
        a.enqueue(2);
        assertThat(a.claimAll()).containsExactly(3, 4, 5);
    }

    @Test
    void aPointerToANumberNobodyKnows() {
        a.enqueue(1);
        a.run("select setval('current_segment', 99 << 8 | 3)");
        assertThat(problems()).singleElement().asString().contains("segment 99");
        a.run("select repair()");
        a.enqueue(1);
        assertThat(a.claimAll()).containsExactly(1, 2);
    }

    /** The pointer of an old copy: its segment lives, but nobody looks for new jobs in it any more. */
    @Test
    void aPointerToASealedSegment() {
        a.enqueue(2);
        Taken open = a.claim(1);
        a.rotate();
        a.enqueue(1);
        a.seal(1);
        a.run("select setval('current_segment', 1 << 8)");

        assertThat(problems()).singleElement().asString().contains("segment 1");
        assertThat(a.number("select repair()")).isEqualTo(1);
        assertThat(problems()).isEmpty();
        a.enqueue(1);
        assertThat(a.claimAll()).containsExactly(2, 3, 4);
        a.complete(open);
    }

    private List<String> problems() {
        return a.texts("select problem from check_lanes()");
    }
}
