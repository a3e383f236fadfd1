package io.awa.reactive.spring;

import io.awa.reactive.AwaBuilder;

/** Sets on the queue what no property names: limits, another mapper. Beans of this type are called in their order. */
@FunctionalInterface
public interface AwaCustomizer {

    /** Called once, before the queue is built; what it throws stops the start. */
    void customize(AwaBuilder awa);
}
