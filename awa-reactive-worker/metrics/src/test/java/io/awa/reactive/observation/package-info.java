/** Tests of jobs as observations. */
@NullMarked
package io.awa.reactive.observation;

import org.jspecify.annotations.NullMarked;
