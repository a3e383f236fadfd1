package io.awa.reactive.worker;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class SlotsTest {

    @Test
    void aCutReservesNothingUntilEnoughHaveEnded() {
        Slots slots = new Slots(10, null);
        assertThat(slots.reserve(100)).isEqualTo(10);
        slots.limit(4);
        slots.free(6);
        assertThat(slots.reserve(100)).isZero();
        slots.free(1);
        assertThat(slots.reserve(100)).isEqualTo(1);
    }

    @Test
    void moreSlotsAndFreeOnesAreTold() {
        Slots slots = new Slots(2, null);
        AtomicInteger told = new AtomicInteger();
        slots.onFree(told::incrementAndGet);
        assertThat(slots.reserve(1)).isEqualTo(1);
        slots.free(1);
        assertThat(told).hasValue(0);
        assertThat(slots.reserve(3)).isEqualTo(2);
        slots.limit(3);
        assertThat(told).hasValue(1);
        assertThat(slots.reserve(3)).isEqualTo(1);
        slots.free(1);
        assertThat(told).hasValue(2);
        assertThat(slots.reserve(3)).isEqualTo(1);
        assertThat(slots.ahead(5)).isEqualTo(5);
        assertThat(told).hasValue(3);
    }

    @Test
    void jobsAreClaimedAheadOfOwnSlotsOnly() {
        Slots own = new Slots(2, null);
        own.ahead(3);
        assertThat(own.reserve(100)).isEqualTo(5);
        Slots shared = new Slots(2, new SharedSlots(10).join("q", 0, 1));
        assertThat(shared.ahead(3)).isZero();
        assertThat(shared.reserve(100)).isEqualTo(2);
    }

    @Test
    void anAttemptThatComesBackNeedsASharedSlotLikeAnyOther() {
        SharedSlots pool = new SharedSlots(2);
        Slots slots = new Slots(2, pool.join("a", 0, 1));
        Slots other = new Slots(2, pool.join("b", 0, 1));
        AtomicInteger told = new AtomicInteger();
        slots.onFree(told::incrementAndGet);
        assertThat(other.reserve(2)).isEqualTo(2);
        assertThat(slots.readmit()).isFalse();
        other.free(1);
        assertThat(told).hasValue(1);
        assertThat(slots.readmit()).isTrue();
        assertThat(other.reserve(1)).isZero();
    }

    /** An attempt that got its slot back says nothing about the jobs that wait for one. */
    @Test
    void aQueueThatMissesSlotsIsToldAfterAnAttemptCameBackToo() {
        SharedSlots pool = new SharedSlots(3);
        Slots slots = new Slots(3, pool.join("a", 0, 1));
        Slots other = new Slots(3, pool.join("b", 0, 1));
        AtomicInteger told = new AtomicInteger();
        slots.onFree(told::incrementAndGet);
        assertThat(other.reserve(3)).isEqualTo(3);
        assertThat(slots.reserve(3)).isZero();
        other.free(1);
        assertThat(told).hasValue(1);
        assertThat(slots.readmit()).isTrue();
        other.free(1);
        assertThat(told).hasValue(2);
        assertThat(slots.reserve(3)).isEqualTo(1);
    }

    /** Slots that a queue may not use any more are no longer kept for it. */
    @Test
    void aCutQueueMissesNoMoreThanItMayUse() {
        SharedSlots pool = new SharedSlots(4);
        Slots slots = new Slots(4, pool.join("a", 0, 1));
        Slots other = new Slots(4, pool.join("b", 0, 1));
        AtomicInteger told = new AtomicInteger();
        other.onFree(told::incrementAndGet);
        assertThat(slots.reserve(1)).isEqualTo(1);
        assertThat(other.reserve(3)).isEqualTo(3);
        assertThat(slots.reserve(3)).isZero();
        assertThat(slots.readmit()).isFalse();
        other.free(2);
        assertThat(other.reserve(2)).as("one is kept for the other queue").isEqualTo(1);
        assertThat(told).hasValue(0);
        slots.limit(1);
        assertThat(told).hasValue(1);
        assertThat(other.reserve(2)).isEqualTo(1);
    }

    /** Its claim, which held the slots meanwhile, found nothing: they are free for the attempt. */
    @Test
    void anAttemptThatComesBackIsToldOfSlotsItsOwnQueueDoesNotNeed() {
        SharedSlots pool = new SharedSlots(2);
        Slots slots = new Slots(2, pool.join("a", 0, 1));
        Slots other = new Slots(2, pool.join("b", 0, 1));
        AtomicInteger told = new AtomicInteger();
        slots.onFree(told::incrementAndGet);
        assertThat(slots.reserve(1)).isEqualTo(1);
        assertThat(other.reserve(1)).isEqualTo(1);
        assertThat(slots.readmit()).isFalse();
        slots.giveBack(1);
        assertThat(told).hasValue(1);
        assertThat(slots.readmit()).isTrue();
        other.free(1);
        assertThat(told).as("nobody waits").hasValue(1);
    }
}
