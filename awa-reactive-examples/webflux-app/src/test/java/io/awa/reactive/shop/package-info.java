/** The shop over real HTTP, on a real PostgreSQL, and in a real browser. */
@NullMarked
package io.awa.reactive.shop;

import org.jspecify.annotations.NullMarked;
