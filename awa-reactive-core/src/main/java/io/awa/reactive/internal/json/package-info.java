/** Jobs to JSON and back; no promise of compatibility. */
@NullMarked
package io.awa.reactive.internal.json;

import org.jspecify.annotations.NullMarked;
