package io.awa.reactive.spring;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Makes a method of a bean the handler of a kind of job. Its parameters are the arguments, the
 * {@link io.awa.reactive.worker.ActiveJob}, or both in any order; the class of the arguments is read from them.
 *
 * <p>What it returns says how it runs:
 *
 * <ul>
 *   <li>a {@code Mono}: on a handler thread, which must not be blocked. A {@link io.awa.reactive.worker.Outcome} in it is
 *       the attempt's end; any other value, and none, means done
 *   <li>anything else: on a thread of its own, which may block. An {@code Outcome} is the attempt's end; any other value,
 *       {@code void} and null mean done
 * </ul>
 *
 * <p>An error or an exception means to be tried again. A method that fits none of this, a kind with two handlers, and
 * arguments of a class that cannot be told stop the application's start with an error that names the method.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
public @interface JobHandler {

    /** The kind; by default that of the class of the arguments, as {@link io.awa.reactive.job.JobType#of(Class)} finds it. */
    String value() default "";

    /** The queue that is worked for it; {@code default} by default. */
    String queue() default io.awa.reactive.job.JobType.DEFAULT_QUEUE;

    /**
     * Handlers at once for the queue; 0, the default: what {@code awa.worker.queues.<queue>.workers} says, else 50. Where
     * several methods name a number for one queue the largest counts; the property goes before all of them.
     */
    int workers() default 0;
}
