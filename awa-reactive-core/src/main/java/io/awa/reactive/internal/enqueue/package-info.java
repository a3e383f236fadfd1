/** How enqueue reaches the database: names to numbers, coalesced statements, COPY. */
@org.jspecify.annotations.NullMarked
package io.awa.reactive.internal.enqueue;
