/** How a process looks after the schema, if it leads: the contest for the lead, and a paced loop for each kind of step. */
@NullMarked
package io.awa.reactive.worker.internal.maintenance;

import org.jspecify.annotations.NullMarked;
