/** How full queues are, and slowing producers by it. */
@org.jspecify.annotations.NullMarked
package io.awa.reactive.pressure;
