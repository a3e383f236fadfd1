/** Shared by this module's packages; nothing for users. */
@NullMarked
package io.awa.reactive.metrics.internal;

import org.jspecify.annotations.NullMarked;
