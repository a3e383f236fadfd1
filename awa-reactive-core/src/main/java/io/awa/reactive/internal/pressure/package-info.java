/** Reads how full queues are, and lets producers in by it; no promise of compatibility. */
@org.jspecify.annotations.NullMarked
package io.awa.reactive.internal.pressure;
