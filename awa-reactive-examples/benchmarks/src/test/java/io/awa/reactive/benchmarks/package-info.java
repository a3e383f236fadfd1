/** That the measurements work, with tiny sizes. */
@NullMarked
package io.awa.reactive.benchmarks;

import org.jspecify.annotations.NullMarked;
