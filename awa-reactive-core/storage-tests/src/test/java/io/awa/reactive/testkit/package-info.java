/** The testkit, tested on real servers. */
@NullMarked
package io.awa.reactive.testkit;

import org.jspecify.annotations.NullMarked;
