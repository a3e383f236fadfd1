/** Storing jobs, in a transaction of the library's or of the caller's. */
@org.jspecify.annotations.NullMarked
package io.awa.reactive.enqueue;
