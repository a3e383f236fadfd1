/**
 * One file, one idea. Each has a {@code main} that runs it on a PostgreSQL of its own; a test runs it as well.
 */
@org.jspecify.annotations.NullMarked
package io.awa.reactive.examples;
