/** What a test of the queue needs: a PostgreSQL, seeds, history checks and faulty connections. */
@NullMarked
package io.awa.reactive.testkit;

import org.jspecify.annotations.NullMarked;
