/** Answers from outside to jobs that wait for them. */
@org.jspecify.annotations.NullMarked
package io.awa.reactive.callback;
