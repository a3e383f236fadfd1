package io.awa.reactive.test;

import io.awa.reactive.Awa;
import io.r2dbc.spi.ConnectionFactory;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ExtensionContext.Store;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolutionException;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.platform.commons.support.AnnotationSupport;

/** Makes a harness when a test first asks for one; JUnit closes it with the test, or with the class. */
final class AwaExtension implements ParameterResolver {

    private static final Namespace NAMESPACE = Namespace.create(AwaExtension.class);
    private static final Map<Class<?>, Function<AwaHarness, Object>> PARAMETERS = Map.of(
            AwaHarness.class, harness -> harness,
            Awa.class, AwaHarness::awa,
            HarnessClock.class, AwaHarness::clock,
            ConnectionFactory.class, AwaHarness::connections);

    @Override
    public ExtensionContextScope getTestInstantiationExtensionContextScope(ExtensionContext root) {
        return ExtensionContextScope.TEST_METHOD;
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return PARAMETERS.containsKey(parameter.getParameter().getType());
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        return Objects.requireNonNull(PARAMETERS.get(parameter.getParameter().getType()))
                .apply(harness(context));
    }

    private static AwaHarness harness(ExtensionContext context) {
        ExtensionContext annotated = annotated(context);
        AwaTest.Lifetime lifetime = AnnotationSupport.findAnnotation(annotated.getRequiredTestClass(), AwaTest.class)
                .map(AwaTest::lifetime)
                .orElse(AwaTest.Lifetime.METHOD);
        if (lifetime == AwaTest.Lifetime.METHOD && context.getTestMethod().isEmpty()) {
            throw new ParameterResolutionException(
                    "each test has a harness of its own: take it as a parameter of the test"
                            + " or of a @BeforeEach method, or use @AwaTest(lifetime = CLASS)");
        }
        context.getRoot().getStore(NAMESPACE).getOrComputeIfAbsent(End.class, key -> new End(), End.class);
        Store store = (lifetime == AwaTest.Lifetime.METHOD ? context : annotated).getStore(NAMESPACE);
        return store.getOrComputeIfAbsent(AwaHarness.class, key -> AwaHarness.create(), AwaHarness.class);
    }

    /** Of the outermost class that has the annotation, whose nested classes share it. */
    private static ExtensionContext annotated(ExtensionContext context) {
        ExtensionContext found = context;
        for (ExtensionContext at = context; ; at = at.getParent().orElseThrow()) {
            if (at.getTestMethod().isEmpty()
                    && at.getTestClass().isPresent()
                    && AnnotationSupport.isAnnotated(at.getTestClass(), AwaTest.class)) {
                found = at;
            }
            if (at.getParent().isEmpty()) {
                return found;
            }
        }
    }

    /** The end of all tests of this process. */
    private record End() implements AutoCloseable {
        @Override
        public void close() {
            Databases.shared().close();
        }
    }
}
