package io.awa.reactive.storage.random;

import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.testkit.AwaPostgres;
import io.awa.reactive.testkit.HistoryVerdict;
import java.time.Duration;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A checker that cannot find a fault put back proves nothing: each fault is found under its schedule, and the SQL as it
 * is holds under the very same one. Faults that the rest of the design makes up for are kept here too: the day one of
 * them is found, something else has changed.
 */
class MutantTest {

    static Stream<Mutant> mutants() {
        return Stream.of(ClaimMutants.all(), EndMutants.all(), StoreMutants.all())
                .flatMap(List::stream);
    }

    @ParameterizedTest
    @MethodSource("mutants")
    void aFaultIsFound(Mutant mutant) {
        // Some faults leave what nobody gives back any more, however long.
        Duration patience = mutant.rule() == null ? Upkeep.PATIENCE : Duration.ZERO;
        HistoryVerdict verdict =
                run(mutant, sql -> mutant.mutate().apply(mutant.widen().apply(sql)), patience);
        if (mutant.rule() == null) {
            assertThat(verdict.isClean()).as(verdict::report).isTrue();
        } else {
            assertThat(verdict.counts()).as(verdict::report).containsKey(mutant.rule());
        }
    }

    @ParameterizedTest
    @MethodSource("mutants")
    void theOriginalHolds(Mutant mutant) {
        HistoryVerdict verdict = run(mutant, mutant.widen(), Upkeep.PATIENCE);
        assertThat(verdict.isClean()).as(verdict::report).isTrue();
        assertThat(verdict.committed()).isPositive();
    }

    private static HistoryVerdict run(Mutant mutant, UnaryOperator<SqlText> change, Duration patience) {
        try (Stage stage = new Stage(AwaPostgres.shared(), change)) {
            mutant.schedule().accept(stage);
            return stage.verdict(patience);
        }
    }
}
