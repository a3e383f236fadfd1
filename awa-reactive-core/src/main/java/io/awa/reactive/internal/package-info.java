/** Parts shared inside the library; no promise of compatibility. */
@NullMarked
package io.awa.reactive.internal;

import org.jspecify.annotations.NullMarked;
