package io.awa.reactive.storage;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/**
 * A plan that the settings of a function forbid and that is taken all the same, a sort or a scan of an empty table, counts
 * ten thousand million in the planner's estimate. A server with LLVM would compile that statement, for half a second each
 * time, to run it for a tenth of a millisecond.
 */
class CompiledPlansTest extends StorageTest {

    private static final String FORBIDS =
            "select count(*) from pg_proc p where p.pronamespace = current_schema()::regnamespace"
                    + " and array_to_string(p.proconfig, ' ') ~ 'enable_[a-z]+=off'";

    @Test
    void whatForbidsPlansForbidsToCompileThem() {
        assertThat(a.number(FORBIDS)).isGreaterThan(40);
        assertThat(a.number(FORBIDS + " and not 'jit=off' = any (p.proconfig)")).isZero();
    }
}
