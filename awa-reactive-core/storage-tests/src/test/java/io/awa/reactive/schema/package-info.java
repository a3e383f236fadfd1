/** The migrator against a real server. */
@NullMarked
package io.awa.reactive.schema;

import org.jspecify.annotations.NullMarked;
