/** The example, run and watched. */
@org.jspecify.annotations.NullMarked
package io.awa.reactive.fanout;
