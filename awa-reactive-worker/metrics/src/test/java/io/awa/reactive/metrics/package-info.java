/** What a worker measures, as Micrometer meters. */
@NullMarked
package io.awa.reactive.metrics;

import org.jspecify.annotations.NullMarked;
