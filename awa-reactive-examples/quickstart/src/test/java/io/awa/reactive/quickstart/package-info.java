/** The quickstart as a process, its picture, and the examples of the documentation. */
@NullMarked
package io.awa.reactive.quickstart;

import org.jspecify.annotations.NullMarked;
