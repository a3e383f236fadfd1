package io.awa.reactive.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.awa.reactive.AwaValidationException;
import io.awa.reactive.testkit.SeededTest;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(OneTry.class)
class SharedSlotsTest {

    @Test
    void minimaBeyondTheTotalAreRefused() {
        SharedSlots slots = new SharedSlots(10);
        slots.join("a", 6, 1);
        assertThatThrownBy(() -> slots.join("b", 5, 1))
                .isInstanceOf(AwaValidationException.class)
                .hasMessageContaining("queue(b).minWorkers")
                .hasMessageContaining("4");
        slots.join("c", 4, 1);
    }

    @Test
    void whatOthersDoNotUseMovesToTheOneThatDoes() {
        SharedSlots slots = new SharedSlots(10);
        SharedSlots.Share busy = slots.join("busy", 2, 1);
        SharedSlots.Share idle = slots.join("idle", 3, 100);
        assertThat(busy.reserve(50)).isEqualTo(7);
        // The minimum of the other is there at once.
        assertThat(idle.reserve(50)).isEqualTo(3);
        assertThat(busy.reserve(1)).isZero();
    }

    @Test
    void aShareIsReachedAsJobsEnd() {
        SharedSlots slots = new SharedSlots(40);
        SharedSlots.Share one = slots.join("one", 0, 1);
        SharedSlots.Share three = slots.join("three", 0, 3);
        assertThat(one.reserve(100)).isEqualTo(40);
        assertThat(three.reserve(100)).isZero();
        for (int i = 0; i < 200; i++) {
            (i % 2 == 0 || three.held() == 0 ? one : three).free(1);
            // The greedy one asks first each time.
            one.reserve(100);
            three.reserve(100);
        }
        assertThat(one.held()).isEqualTo(10);
        assertThat(three.held()).isEqualTo(30);
    }

    @Test
    void aQueueThatWasFoundEmptyContendsNoMore() {
        SharedSlots slots = new SharedSlots(10);
        SharedSlots.Share a = slots.join("a", 0, 1);
        SharedSlots.Share b = slots.join("b", 0, 1);
        assertThat(a.reserve(10)).isEqualTo(10);
        assertThat(b.reserve(10)).isZero();
        a.free(1);
        assertThat(b.reserve(10)).isEqualTo(1);
        // Its queue was empty.
        b.giveBack(1);
        assertThat(a.reserve(1)).isEqualTo(1);
    }

    @Test
    void theOneThatMissesSlotsIsTold() {
        SharedSlots slots = new SharedSlots(2);
        SharedSlots.Share a = slots.join("a", 0, 1);
        SharedSlots.Share b = slots.join("b", 0, 1);
        int[] told = new int[1];
        b.onFree(() -> told[0]++);
        assertThat(a.reserve(2)).isEqualTo(2);
        a.free(1);
        assertThat(told[0]).isZero();
        assertThat(a.reserve(1)).isEqualTo(1);
        assertThat(b.reserve(1)).isZero();
        a.free(1);
        assertThat(told[0]).isEqualTo(1);
    }

    /** Any schedule: never more than the total, every floor at once, nothing idle while somebody misses it. */
    @SeededTest
    void neverMoreThanTheTotalAndNothingIdle(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        int total = random.nextInt(1, 60);
        SharedSlots slots = new SharedSlots(total);
        List<SharedSlots.Share> shares = new ArrayList<>();
        List<Integer> minima = new ArrayList<>();
        int left = total;
        for (int i = 0, n = random.nextInt(1, 6); i < n; i++) {
            int minimum = random.nextInt(0, left + 1);
            left -= minimum;
            minima.add(minimum);
            shares.add(slots.join("q" + i, minimum, random.nextInt(1, 20)));
        }
        for (int step = 0; step < 3_000; step++) {
            int i = random.nextInt(shares.size());
            SharedSlots.Share share = shares.get(i);
            if (random.nextBoolean()) {
                int wanted = random.nextInt(1, 2 * total + 1);
                int floor = Math.max(0, minima.get(i) - share.held());
                int granted = share.reserve(wanted);
                assertThat(granted).isBetween(Math.min(wanted, floor), wanted);
                int unused = random.nextInt(0, granted + 1);
                if (unused > 0 && random.nextInt(3) == 0) {
                    share.giveBack(unused);
                }
            } else if (share.held() > 0) {
                share.free(random.nextInt(1, share.held() + 1));
            }
            int held = shares.stream().mapToInt(SharedSlots.Share::held).sum();
            assertThat(held).isLessThanOrEqualTo(total);
        }
        // Everybody asks once more: what is then free is what minima keep for those that do not need them.
        shares.forEach(share -> share.free(share.held()));
        shares.get(0).reserve(10 * total);
        for (int round = 0; round < 3; round++) {
            shares.forEach(share -> share.reserve(10 * total));
        }
        assertThat(shares.stream().mapToInt(SharedSlots.Share::held).sum()).isEqualTo(total);
    }
}
