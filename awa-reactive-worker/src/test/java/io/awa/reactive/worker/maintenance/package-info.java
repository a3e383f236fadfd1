/** Parts of maintenance by themselves. */
@NullMarked
package io.awa.reactive.worker.maintenance;

import org.jspecify.annotations.NullMarked;
