/** The database schema: its SQL, how it is created and brought up to date, and the names it may have. */
@NullMarked
package io.awa.reactive.schema;

import org.jspecify.annotations.NullMarked;
