/** Callbacks on one connection. */
@org.jspecify.annotations.NullMarked
package io.awa.reactive.internal.callback;
