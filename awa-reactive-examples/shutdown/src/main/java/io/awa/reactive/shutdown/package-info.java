/** A worker that is told to end while it works. */
@org.jspecify.annotations.NullMarked
package io.awa.reactive.shutdown;
