package io.awa.reactive.job;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Names the kind of the jobs whose arguments are of the annotated class, in place of the name derived from the class.
 * Read by {@link JobType#of(Class)}; not inherited, since two classes of one kind would be two formats of one payload.
 */
@Documented
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
public @interface JobKind {

    /** The kind; the rules of {@link JobType#of(String, Class)} apply. */
    String value();
}
