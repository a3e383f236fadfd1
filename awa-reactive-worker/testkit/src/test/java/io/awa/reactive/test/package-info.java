/** The harness, looked at by its own tests. */
@NullMarked
package io.awa.reactive.test;

import org.jspecify.annotations.NullMarked;
