package io.awa.reactive.rules;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.AccessTarget;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.NullMarked;

/**
 * What a reviewer would otherwise repeat. Test classes and the core's testkit are free of these rules; the harness for users'
 * tests, which may block in one class, has its own: {@code HarnessRulesTest}.
 */
@AnalyzeClasses(packages = "io.awa.reactive", importOptions = LayoutRulesTest.LibraryClasses.class)
class LayoutRulesTest {

    private static final String WORKER = "io.awa.reactive.worker..";
    private static final String INTERNAL = "io.awa.reactive.internal..";
    private static final String PG = "io.awa.reactive.internal.pg";
    private static final String SQL_STATE = PG + ".SqlState";

    private static final DescribedPredicate<JavaClass> REACTOR_TYPES = describe(
            "Flux or Mono",
            type -> type.isAssignableTo("reactor.core.publisher.Flux")
                    || type.isAssignableTo("reactor.core.publisher.Mono"));

    @ArchTest
    static final ArchRule CORE_KNOWS_NOTHING_OF_WORKER = noClasses()
            .that()
            .resideOutsideOfPackage(WORKER)
            .should()
            .dependOnClassesThat()
            .resideInAPackage(WORKER)
            .allowEmptyShould(true);

    @ArchTest
    static final ArchRule WORKER_LEAVES_THE_INSIDE_OF_CORE_ALONE = noClasses()
            .that()
            .resideInAPackage(WORKER)
            .should()
            .dependOnClassesThat()
            .resideInAPackage(INTERNAL)
            .allowEmptyShould(true);

    @ArchTest
    static final ArchRule ONE_PACKAGE_TOUCHES_THE_DRIVER = noClasses()
            .that()
            .resideOutsideOfPackage(PG)
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.r2dbc.postgresql..")
            .allowEmptyShould(true);

    @ArchTest
    static final ArchRule OTHERS_ONLY_PASS_CONNECTIONS_ON = noClasses()
            .that()
            .resideOutsideOfPackage(PG)
            .should()
            .dependOnClassesThat(resideInAPackage("io.r2dbc..")
                    .and(describe(
                            "are not ConnectionFactory or Connection",
                            type -> !Set.of("io.r2dbc.spi.ConnectionFactory", "io.r2dbc.spi.Connection")
                                    .contains(type.getName()))))
            .allowEmptyShould(true);

    @ArchTest
    static final ArchRule ONE_CLASS_READS_ERROR_CODES = noClasses()
            .that()
            .doNotHaveFullyQualifiedName(SQL_STATE)
            .should()
            .accessTargetWhere(target(
                    "an R2dbcException's SQLSTATE or error code",
                    access -> access.getTargetOwner().isAssignableTo("io.r2dbc.spi.R2dbcException")
                            ? Set.of("getSqlState", "getErrorCode").contains(access.getName())
                            : access.getTargetOwner().getName().equals("io.r2dbc.postgresql.api.ErrorDetails")
                                    && access.getName().equals("getCode")))
            .allowEmptyShould(true);

    @ArchTest
    static final ArchRule NO_BLOCKING_DRIVER = noClasses()
            .should()
            .dependOnClassesThat(resideInAnyPackage("java.sql..", "javax.sql.."))
            .allowEmptyShould(true);

    @ArchTest
    static final ArchRule SPRING_STAYS_OUT = noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.springframework..")
            .allowEmptyShould(true);

    @ArchTest
    static final ArchRule NO_GLOBAL_HOOKS = noClasses()
            .should()
            .dependOnClassesThat()
            .haveFullyQualifiedName("reactor.core.publisher.Hooks")
            .allowEmptyShould(true);

    @ArchTest
    static final ArchRule NOTHING_BLOCKS = noClasses()
            .should()
            .accessTargetWhere(operator("block", "blockFirst", "blockLast", "blockOptional", "toIterable", "toStream"))
            .allowEmptyShould(true);

    @ArchTest
    static final ArchRule NO_SLEEP = noClasses()
            .should()
            .accessTargetWhere(target(
                    "Thread.sleep",
                    access -> access.getTargetOwner().isEquivalentTo(Thread.class)
                            && access.getName().equals("sleep")))
            .allowEmptyShould(true);

    @ArchTest
    static final ArchRule ERRORS_ARE_NOT_SKIPPED =
            noClasses().should().accessTargetWhere(operator("onErrorContinue")).allowEmptyShould(true);

    @ArchTest
    static final ArchRule DEMAND_REACHES_THE_CLAIM_SOURCE = noClasses()
            .that()
            .resideInAPackage(WORKER)
            .should()
            .accessTargetWhere(operator("publishOn", "groupBy", "parallel"))
            .allowEmptyShould(true);

    @ArchTest
    static final ArchRule EVERY_FLAT_MAP_NAMES_ITS_CONCURRENCY = noClasses()
            .should()
            .accessTargetWhere(target(
                    "Flux.flatMap without a concurrency",
                    access -> access.getTargetOwner().isAssignableTo("reactor.core.publisher.Flux")
                            && Set.of("flatMap", "flatMapSequential", "flatMapDelayError")
                                    .contains(access.getName())
                            && access.getTarget() instanceof AccessTarget.CodeUnitAccessTarget called
                            && called.getRawParameterTypes().stream()
                                    .noneMatch(type -> type.isEquivalentTo(int.class))))
            .allowEmptyShould(true);

    @ArchTest
    static final ArchRule EVERY_PACKAGE_IS_NULL_MARKED =
            classes().should(new InNullMarkedPackage()).allowEmptyShould(true);

    private static DescribedPredicate<JavaAccess<?>> operator(String... names) {
        Set<String> wanted = Set.of(names);
        return target(
                "Flux or Mono " + String.join(", ", names),
                access -> REACTOR_TYPES.test(access.getTargetOwner()) && wanted.contains(access.getName()));
    }

    private static DescribedPredicate<JavaAccess<?>> target(String description, Predicate<JavaAccess<?>> test) {
        return describe(description, test);
    }

    /** Main classes only: the testkit's and the tests' own folders are left out, in folders and in jars alike. */
    static final class LibraryClasses implements ImportOption {
        @Override
        public boolean includes(Location location) {
            return ImportOption.Predefined.DO_NOT_INCLUDE_TESTS.includes(location)
                    && !location.contains("/io/awa/reactive/testkit/");
        }
    }

    private static final class InNullMarkedPackage extends ArchCondition<JavaClass> {

        InNullMarkedPackage() {
            super("be in a package marked with @NullMarked");
        }

        @Override
        public void check(JavaClass type, ConditionEvents events) {
            if (!type.getPackage().isAnnotatedWith(NullMarked.class)) {
                events.add(SimpleConditionEvent.violated(type, type.getName() + " is in a package without it"));
            }
        }
    }
}
