package io.awa.reactive.metrics.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BoundedNamesTest {

    @Test
    void theFirstKeepTheirNames() {
        BoundedNames names = new BoundedNames(2);
        assertThat(List.of(names.of("a"), names.of("b"), names.of("c"), names.of("a"), names.of("d")))
                .containsExactly("a", "b", BoundedNames.OTHER, "a", BoundedNames.OTHER);
    }

    /** Many threads with new names at once: never more than may be, and whoever has a name keeps it. */
    @Test
    void neverMoreThanMayBe() {
        BoundedNames names = new BoundedNames(10);
        Set<String> seen = ConcurrentHashMap.newKeySet();
        IntStream.range(0, 20_000).parallel().forEach(i -> seen.add(names.of("name" + i % 500)));
        assertThat(seen).hasSize(11).contains(BoundedNames.OTHER);
        assertThat(seen).allMatch(name -> names.of(name).equals(name));
    }
}
