/**
 * The examples, run.
 */
@org.jspecify.annotations.NullMarked
package io.awa.reactive.examples;
