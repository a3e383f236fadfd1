/** Jobs as Micrometer's observations, from enqueue to their handler's end, and as fields of the log. */
@NullMarked
package io.awa.reactive.observation;

import org.jspecify.annotations.NullMarked;
