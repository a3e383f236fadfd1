/** The rules of the layout, held against the main classes of every library module. */
@NullMarked
package io.awa.reactive.rules;

import org.jspecify.annotations.NullMarked;
