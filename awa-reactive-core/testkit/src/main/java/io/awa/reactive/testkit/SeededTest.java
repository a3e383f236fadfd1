package io.awa.reactive.testkit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ArgumentsSource;

/**
 * A test that runs once a seed and takes it as its first parameter, a {@code long}. A failure names the seed, and
 * {@code AWA_SEED} replays it.
 */
@Documented
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@ParameterizedTest(name = Seeds.VARIABLE + "={0}")
@ArgumentsSource(SeedArguments.class)
@ExtendWith(SeedReport.class)
public @interface SeededTest {

    /**
     * How many seeds to run.
     *
     * @return the number
     */
    int value() default 20;
}
