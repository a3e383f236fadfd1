/** What becomes of a job, told to whoever watches it from any process. */
@NullMarked
package io.awa.reactive.observe;

import org.jspecify.annotations.NullMarked;
