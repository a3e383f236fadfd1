/** The runtime against real PostgreSQL servers. */
@NullMarked
package io.awa.reactive.worker;

import org.jspecify.annotations.NullMarked;
