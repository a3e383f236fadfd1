package io.awa.reactive.storage.random;

import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.testkit.AwaPostgres;
import io.awa.reactive.testkit.HistoryVerdict;
import io.awa.reactive.testkit.Seeds;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * How much a random schedule finds by itself, with sleeps at the steps: not part of what must pass, because a window
 * may be missed. {@code -Dawa.mutant.seconds} sets the length of a run.
 */
@Tag("soak")
class RandomMutantTest {

    static Stream<Mutant> faults() {
        return MutantTest.mutants()
                .filter(mutant ->
                        mutant.rule() != null && mutant.name().matches(System.getProperty("awa.mutant.names", ".*")));
    }

    @ParameterizedTest
    @MethodSource("faults")
    void aFaultIsFound(Mutant mutant) {
        long seed = Seeds.one();
        Duration length = Duration.ofSeconds(Long.getLong("awa.mutant.seconds", 15));
        HistoryVerdict verdict = new RandomRun(
                        AwaPostgres.shared(),
                        seed,
                        false,
                        sql -> mutant.mutate().apply(mutant.widen().apply(Widened.sql(sql))))
                .verdict(RandomRun.lasting(length));
        System.err.println(mutant + ": " + verdict.counts());
        assertThat(verdict.counts()).as(mutant.name()).isNotEmpty();
    }
}
