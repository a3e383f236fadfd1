/** Parts of maintenance by themselves. */
@NullMarked
package io.awa.reactive.worker.internal.maintenance;

import org.jspecify.annotations.NullMarked;
