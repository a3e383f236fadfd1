package io.awa.reactive.testkit;

import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.ArgumentsProvider;
import org.junit.jupiter.params.support.AnnotationConsumer;
import org.junit.jupiter.params.support.ParameterDeclarations;

/** Hands the seeds to a {@link SeededTest}. */
final class SeedArguments implements ArgumentsProvider, AnnotationConsumer<SeededTest> {

    private int count;

    @Override
    public void accept(SeededTest test) {
        count = test.value();
    }

    @Override
    public Stream<? extends Arguments> provideArguments(ParameterDeclarations parameters, ExtensionContext context) {
        return Seeds.of(count).mapToObj(seed -> Arguments.of(seed));
    }
}
