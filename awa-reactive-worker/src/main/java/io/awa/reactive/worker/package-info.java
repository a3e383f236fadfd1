/** The runtime that claims jobs and runs their handlers. */
@NullMarked
package io.awa.reactive.worker;

import org.jspecify.annotations.NullMarked;
