/**
 * Maintenance of a schema: what it is told to do, and what it says it did.
 */
@NullMarked
package io.awa.reactive.worker.maintenance;

import org.jspecify.annotations.NullMarked;
