package io.awa.reactive.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.Proxy;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtensionContext;

class SeedsTest {

    private static final Set<Long> SEEN = new HashSet<>();

    @Test
    void aSeedFromOutsideIsReadAsANumber() {
        assertThat(Seeds.replayed(" -7 ")).isEqualTo(-7L);
        assertThat(Seeds.replayed(" ")).isNull();
        assertThat(Seeds.replayed(null)).isNull();
    }

    @SeededTest(5)
    void everySeedRunsOnceAndRepeats(long seed) {
        assertThat(SEEN.add(seed)).isTrue();
        assertThat(Seeds.random(seed).nextLong()).isEqualTo(Seeds.random(seed).nextLong());
    }

    @Test
    void aFailureCarriesItsSeed() {
        ExtensionContext context = (ExtensionContext) Proxy.newProxyInstance(
                SeedsTest.class.getClassLoader(),
                new Class<?>[] {ExtensionContext.class},
                (proxy, method, arguments) -> "AWA_SEED=42");
        AssertionError failure = new AssertionError("wrong");
        assertThatThrownBy(() -> new SeedReport().handleTestExecutionException(context, failure))
                .isSameAs(failure);
        assertThat(failure.getSuppressed())
                .extracting(Throwable::getMessage)
                .containsExactly("replay with AWA_SEED=42");
    }
}
