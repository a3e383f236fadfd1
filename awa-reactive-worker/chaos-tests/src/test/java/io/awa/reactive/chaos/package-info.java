/** Worker processes, a server and the wire between them, broken in every way while jobs go through. */
@NullMarked
package io.awa.reactive.chaos;

import org.jspecify.annotations.NullMarked;
