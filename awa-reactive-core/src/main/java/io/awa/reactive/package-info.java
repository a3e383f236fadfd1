/** The door to the queue: open it on a connection factory, then enqueue and administer. */
@NullMarked
package io.awa.reactive;

import org.jspecify.annotations.NullMarked;
