package io.awa.reactive.storage.random;

import io.awa.reactive.testkit.HistoryVerdict.Rule;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A fault put back into the SQL, and the schedule that finds it.
 *
 * @param name     the fault
 * @param rule     what must be found broken; null where the rest of the design makes up for the fault, at a cost
 * @param widen    stops put into the SQL, into the original as well
 * @param mutate   the fault
 * @param schedule what the parties do; the drain comes after it
 */
record Mutant(
        String name,
        @Nullable Rule rule,
        UnaryOperator<SqlText> widen,
        UnaryOperator<SqlText> mutate,
        Consumer<Stage> schedule) {

    @Override
    public String toString() {
        return name;
    }
}
