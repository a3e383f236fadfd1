/** Runs the TLA+ models of {@code docs/model} and compares each result with what is expected of it. */
@NullMarked
package io.awa.reactive.model;

import org.jspecify.annotations.NullMarked;
