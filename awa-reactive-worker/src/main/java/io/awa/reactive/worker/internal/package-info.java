/** Shared by the worker's packages; nothing for users. */
@NullMarked
package io.awa.reactive.worker.internal;

import org.jspecify.annotations.NullMarked;
