/** What a worker measures, as Micrometer meters. */
@NullMarked
package io.awa.reactive.metrics.internal;

import org.jspecify.annotations.NullMarked;
