/** What a job is: its type, the request to enqueue one, its identity and the limits on its content. */
@NullMarked
package io.awa.reactive.job;

import org.jspecify.annotations.NullMarked;
