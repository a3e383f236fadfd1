/** Parts that the module's packages share, by themselves. */
@NullMarked
package io.awa.reactive.metrics.internal;

import org.jspecify.annotations.NullMarked;
