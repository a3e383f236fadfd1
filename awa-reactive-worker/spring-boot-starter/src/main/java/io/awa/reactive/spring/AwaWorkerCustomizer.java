package io.awa.reactive.spring;

import io.awa.reactive.worker.AwaWorkerBuilder;

/**
 * Sets on the worker what no property names: handlers in code, listeners, backoffs. Beans of this type are called in their
 * order, after the properties and the {@link JobHandler} methods.
 */
@FunctionalInterface
public interface AwaWorkerCustomizer {

    /** Called once, when the application starts; what it throws stops the start. */
    void customize(AwaWorkerBuilder worker);
}
