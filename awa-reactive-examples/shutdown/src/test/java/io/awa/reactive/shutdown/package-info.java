/** The example as processes that are told to end. */
@org.jspecify.annotations.NullMarked
package io.awa.reactive.shutdown;
