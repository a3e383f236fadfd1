/** The quickstart: a queue at work, shown in the terminal. */
@NullMarked
package io.awa.reactive.quickstart;

import org.jspecify.annotations.NullMarked;
