/** The only place that knows the PostgreSQL driver and its error codes; no promise of compatibility. */
@NullMarked
package io.awa.reactive.internal.pg;

import org.jspecify.annotations.NullMarked;
