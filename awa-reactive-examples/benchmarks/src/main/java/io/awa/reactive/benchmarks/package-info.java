/** End-to-end and long-horizon measurements. */
@NullMarked
package io.awa.reactive.benchmarks;

import org.jspecify.annotations.NullMarked;
