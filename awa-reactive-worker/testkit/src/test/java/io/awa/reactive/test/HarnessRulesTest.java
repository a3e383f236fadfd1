package io.awa.reactive.test;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.util.Set;
import java.util.concurrent.Future;

/** A harness blocks, and does so in one place: the rules of the library hold for all else in this module. */
@AnalyzeClasses(packages = "io.awa.reactive.test", importOptions = ImportOption.DoNotIncludeTests.class)
class HarnessRulesTest {

    private static final Set<String> WAITS = Set.of(
            "block",
            "blockFirst",
            "blockLast",
            "blockOptional",
            "toIterable",
            "toStream",
            "toFuture",
            "join",
            "get",
            "await");

    @ArchTest
    static final ArchRule ONE_CLASS_WAITS =
            noClasses().that().areNotAssignableTo(Await.class).should().accessTargetWhere(waits());

    @ArchTest
    static final ArchRule NO_SLEEP = noClasses()
            .should()
            .accessTargetWhere(describe(
                    "Thread.sleep",
                    access -> access.getTargetOwner().isEquivalentTo(Thread.class)
                            && access.getName().equals("sleep")));

    @ArchTest
    static final ArchRule NO_GLOBAL_HOOKS =
            noClasses().should().dependOnClassesThat().haveFullyQualifiedName("reactor.core.publisher.Hooks");

    private static DescribedPredicate<JavaAccess<?>> waits() {
        return describe(
                "a wait for a Mono, a Flux, a Future or a latch",
                access -> WAITS.contains(access.getName())
                        && (access.getTargetOwner().isAssignableTo("reactor.core.publisher.Mono")
                                || access.getTargetOwner().isAssignableTo("reactor.core.publisher.Flux")
                                || access.getTargetOwner().isAssignableTo(Future.class)
                                || access.getTargetOwner().getPackageName().equals("java.util.concurrent")
                                        && access.getName().equals("await")));
    }
}
