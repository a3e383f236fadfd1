package io.awa.reactive.test;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A JUnit test class whose methods, and those of its nested classes, may have parameters of these types: {@link AwaHarness},
 * and of that harness {@link io.awa.reactive.Awa}, {@link HarnessClock} and {@link io.r2dbc.spi.ConnectionFactory}. Each
 * test has a harness of its own, with a database of its own, so tests may run in parallel; it is closed behind the test.
 *
 * <p>The server is the one that {@code AWA_TEST_DATABASE_URL} names (its role needs {@code CREATEDB}); else a container,
 * where Testcontainers is on the class path and a Docker engine answers; else an embedded PostgreSQL 18.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Inherited
@ExtendWith(AwaExtension.class)
public @interface AwaTest {

    /** How long a harness lives; {@link Lifetime#METHOD} by default. */
    Lifetime lifetime() default Lifetime.METHOD;

    /** How long a harness lives. */
    enum Lifetime {
        /** As long as a test, with its {@code @BeforeEach} and {@code @AfterEach}. */
        METHOD,
        /** As long as the class: {@code @BeforeAll} may have it too, and tests find what others have left. */
        CLASS
    }
}
