/** How jobs are watched: all of a process together, on one connection. */
@NullMarked
package io.awa.reactive.internal.observe;

import org.jspecify.annotations.NullMarked;
