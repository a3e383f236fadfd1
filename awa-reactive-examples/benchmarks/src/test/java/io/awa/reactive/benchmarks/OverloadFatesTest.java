package io.awa.reactive.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class OverloadFatesTest {

    @Test
    void toLookAtWhatIsInDoubtChangesNothing() {
        OverloadFates fates = new OverloadFates();
        int known = fates.begin(1);
        int doubted = fates.begin(1);
        fates.stored(1);
        fates.inDoubt(doubted);
        assertThat(fates.unsettled()).isOne();

        fates.completed(doubted);
        assertThat(fates.unsettled())
                .as("what is in doubt counts on neither side")
                .isOne();
        fates.completed(known);

        assertThat(fates.unsettled()).isZero();
        assertThat(fates.done()).isEqualTo(2);
        assertThat(fates.endedTwice.sum()).isZero();
        fates.completed(known);
        assertThat(fates.endedTwice.sum()).isOne();
    }
}
